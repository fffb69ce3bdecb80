import type { RequestCount } from "../contracts/room.ts";
import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { addCount, bucketOf, noBuckets, type RequestLabels } from "./request-counts.ts";

/** An isolate hands over what it counted this long after the first of it. */
export const HAND_OVER_MS = 5000;
/** Work after an answer may be stopped after half a minute; then somebody else hands over. */
const GIVEN_UP_MS = 30_000;

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export interface AnsweredRequest extends Omit<RequestLabels, "status"> {
  status: number;
  duration_ms: number;
}

type CounterCtx = Pick<Ctx, "now" | "later" | "log"> & {
  rooms: { board: Pick<Ctx["rooms"]["board"], "addRequests"> };
};

/**
 * Counts the requests of an isolate, and hands them to the status board in one call, every five seconds at most, after
 * the answer. What the board does not take is handed over again with the next ones.
 */
export class RequestCounter {
  private counts = new Map<string, RequestCount>();
  private handedOverFrom: number | null = null;
  private readonly wait: (ms: number) => Promise<void>;

  constructor(wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))) {
    this.wait = wait;
  }

  /** Counts a request that was answered. Nothing is awaited. */
  count(ctx: CounterCtx, { method, route, status, duration_ms }: AnsweredRequest): void {
    // A clock that was set back must not make the sum shrink.
    const seconds = Math.max(0, duration_ms) / 1000;
    const buckets = noBuckets();
    buckets[bucketOf(seconds)] = 1;
    addCount(this.counts, {
      // Any word may stand for the method.
      method: METHODS.has(method) ? method : "OTHER",
      route,
      status: `${Math.trunc(status / 100)}xx`,
      count: 1,
      sum_s: seconds,
      buckets,
    });
    const now = ctx.now();
    const { handedOverFrom: began } = this;
    if (began !== null && now - began < GIVEN_UP_MS && now >= began) return;
    this.handedOverFrom = now;
    ctx.later(this.handOver(ctx, now));
  }

  private async handOver({ rooms, log }: CounterCtx, began: number): Promise<void> {
    await this.wait(HAND_OVER_MS);
    const { counts } = this;
    this.counts = new Map();
    if (this.handedOverFrom === began) this.handedOverFrom = null;
    if (counts.size === 0) return;
    try {
      await rooms.board.addRequests([...counts.values()]);
    } catch (error) {
      // It may have come through and only its answer be lost: then it counts twice, which is less wrong than a hole.
      for (const count of counts.values()) addCount(this.counts, count);
      log.warn("requests were not counted yet", { error: describeError(error) });
    }
  }
}
