import type { FeedStatus } from "./links.ts";

/** A stream that is just being opened, or a topic that is just being joined, is no fault yet. */
const PATIENCE_MS = 30_000;
const MOST_NAMED = 10;

/** Why a feed does not bring what it should, with what does not arrive; `null`: nothing is wrong. `now`: ms since 1970. */
export function missingTopics(feed: FeedStatus | null | undefined, now: number): string | null {
  const { not_joined = [], missing_since, joined = [], last_error = null, state } = feed ?? {};
  if (not_joined.length === 0) return null;
  const since = missing_since === undefined ? now : Date.parse(missing_since);
  if (last_error === null && now - since < PATIENCE_MS) return null;
  const named = not_joined.slice(0, MOST_NAMED).join(", ");
  const more = not_joined.length > MOST_NAMED ? " and others" : "";
  const why = last_error ?? `its connection is ${state}`;
  return `Its stream does not deliver ${not_joined.length} of ${not_joined.length + joined.length} collections (${named}${more}): ${why}. What comes by it alone, such as cancellations, is missing.`;
}
