import { matchSilences, type Silenceable } from "../silences/match-silences.ts";
import type { CurrentSilence } from "../silences/read-silences.ts";

/** A silence may be ended early by hand: what it delays beyond this is looked at again meanwhile. */
export const LOOK_AGAIN_MS = 300_000;

/** When the last of the silences that hold an alert back ends, in ms since 1970; `null`: none does. */
export function heldUntil(silences: readonly CurrentSilence[], alert: Silenceable): number | null {
  const holding = new Set(matchSilences(silences, alert));
  const ends = silences.filter(({ id }) => holding.has(id)).map(({ ends_at }) => Date.parse(ends_at));
  return ends.length === 0 ? null : Math.max(...ends);
}
