import { isTimeout } from "../platform/deadline.ts";
import { backOffDelay } from "../providers/gate/back-off.ts";
import { isDatabaseUnavailable } from "./unavailable.ts";

const FIRST_MS = 1000;
/** A database that is back is noticed within this, whoever has nothing to do meanwhile. */
const LONGEST_WHILE_AWAY_MS = 4000;
/** What fails for another reason needs somebody to mend it. */
const LONGEST_MS = 30_000;

/**
 * How long to wait after so many failures in a row, in ms: doubling, with jitter, so that those that failed together do
 * not come back together. `random` is in [0, 1).
 */
export function retryDelay(failures: number, error: unknown, random: number): number {
  const away = isDatabaseUnavailable(error) || isTimeout(error);
  const max_ms = away ? LONGEST_WHILE_AWAY_MS : LONGEST_MS;
  return backOffDelay({ base_ms: FIRST_MS, max_ms }, failures, random);
}
