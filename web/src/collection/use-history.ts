import { useEffect, useState } from "react";
import { EventPage } from "../../../shared/contracts/collections.ts";
import type { Position } from "../../../shared/contracts/live.ts";
import { eventsAfterAddress, eventsOfKindAddress } from "../api/addresses.ts";
import { RequestFailed } from "../api/problem.ts";
import { readJson } from "../api/read-json.ts";
import type { CollectionFeed } from "../feed/collection-feed.ts";
import type { KindFilter } from "./kinds.ts";

const READ = 200;
/** The database follows the stream within moments; for so long it is waited for. */
const RETRY_MS = 1_500;
const TRIES = 40;
const FAILED_MS = 5_000;

export interface History {
  state: "loading" | "ready" | "behind" | "failed";
  error: unknown;
  reload(): void;
}

/**
 * Reads the events before the place where the live stream began, and again until the database has all of them, so
 * that nothing is missing between the two; and anew when the stream had to begin anew. For one kind, its newest.
 */
export function useHistory(
  feed: CollectionFeed,
  slug: string,
  kind: KindFilter,
  beganAt: Position | null,
): History {
  const [result, setResult] = useState<Pick<History, "state" | "error">>({ state: "loading", error: null });
  const [round, setRound] = useState(0);
  const epoch = beganAt?.epoch;
  const seq = beganAt?.seq ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` says when to read again
  useEffect(() => {
    if (epoch === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (tries: number) => {
      try {
        const from = { epoch, seq: Math.max(0, seq - READ) };
        const address =
          kind === "all" ? eventsAfterAddress(slug, from, READ) : eventsOfKindAddress(slug, kind, READ);
        const page = await readJson(address, EventPage, abort.signal);
        feed.addHistory(page.data);
        if (page.position === null || page.position.seq >= seq) {
          return setResult({ state: "ready", error: null });
        }
        again(tries);
      } catch (error) {
        if (abort.signal.aborted) return;
        if (isTooEarly(error)) return again(tries);
        setResult({ state: "failed", error });
        timer = setTimeout(() => void read(TRIES), FAILED_MS);
      }
    };
    const again = (tries: number) => {
      setResult({ state: "behind", error: null });
      if (tries > 1) timer = setTimeout(() => void read(tries - 1), RETRY_MS);
    };
    void read(TRIES);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [feed, slug, kind, epoch, seq, round]);

  return { ...result, reload: () => setRound((count) => count + 1) };
}

/** The room is ahead of the database: it does not know the collection, or its epoch, yet. */
function isTooEarly(error: unknown): boolean {
  return error instanceof RequestFailed && (error.status === 404 || error.status === 422);
}
