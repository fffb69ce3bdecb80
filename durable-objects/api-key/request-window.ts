import type { RateLimitState } from "../../shared/contracts/accounts.ts";

const WINDOW_S = 60;

/** How many requests were let through in a second since 1970. */
export type SecondCount = [second: number, count: number];

/**
 * A sliding window over the last minute, counted by the second: in no 60 seconds are there more than the limit. What
 * is refused does not count, so that a program that knocks too often gets in again.
 */
export class RequestWindow {
  private counts: SecondCount[];

  constructor(counts: SecondCount[] = []) {
    this.counts = counts;
  }

  /** Counts a request, unless there are `limit` in the window already. @param now ms since 1970 */
  take(now: number, limit: number): { allowed: boolean; state: RateLimitState } {
    const second = Math.floor(now / 1000);
    // A second counts until its end is a whole window past. A clock that was put back leaves none of its future.
    this.counts = this.counts.filter(([at]) => at >= second - WINDOW_S && at <= second);
    const used = this.counts.reduce((sum, [, count]) => sum + count, 0);
    const allowed = used < limit;
    if (allowed) this.add(second);
    const [oldest = second] = this.counts[0] ?? [];
    const reset_s = Math.max(1, Math.ceil(oldest + WINDOW_S + 1 - now / 1000));
    return { allowed, state: { limit, remaining: Math.max(0, limit - used - (allowed ? 1 : 0)), reset_s } };
  }

  /** What is in the window, to be kept. */
  snapshot(): SecondCount[] {
    return this.counts.map(([second, count]) => [second, count]);
  }

  private add(second: number): void {
    const last = this.counts.at(-1);
    if (last?.[0] === second) last[1] += 1;
    else this.counts.push([second, 1]);
  }
}
