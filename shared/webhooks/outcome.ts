import { isoTime } from "../platform/clock.ts";
import type { ClaimedDelivery } from "./claim-deliveries.ts";
import { nextAttempt } from "./retry.ts";
import type { Attempt } from "./send.ts";

/** What a delivery has come to. */
export interface Outcome {
  delivery: ClaimedDelivery;
  status: "pending" | "delivered" | "failed" | "expired" | "skipped" | "withheld";
  /** Made so far, with this one. */
  attempts: number;
  /** ms since 1970; `null` where it is over. */
  next_attempt_at: number | null;
  next_attempt_reason: string | null;
  /** When this was decided. */
  at: number;
  /** `null` where nothing was sent. */
  attempt: Attempt | null;
  /** The endpoint says that it is gone for good. */
  gone: boolean;
}

const GONE = 410;

/** Settled without sending. */
export function unsent(
  delivery: ClaimedDelivery,
  status: "expired" | "skipped" | "withheld",
  reason: string,
  at: number,
): Outcome {
  const { attempts } = delivery;
  return {
    delivery,
    status,
    attempts,
    next_attempt_at: null,
    next_attempt_reason: reason,
    at,
    attempt: null,
    gone: false,
  };
}

/** Handed back without having been tried: due as it was, for whoever takes it next. */
export function released(delivery: ClaimedDelivery, reason: string, at: number): Outcome {
  const { attempts, next_attempt_at } = delivery;
  const kept = { delivery, attempts, next_attempt_at, next_attempt_reason: reason, at };
  return { ...kept, status: "pending", attempt: null, gone: false };
}

/** What an attempt makes of a delivery. A test is tried once. */
export function outcomeOf(
  delivery: ClaimedDelivery,
  attempt: Attempt,
  { schedule, random, now }: { schedule: readonly number[]; random: number; now: number },
): Outcome {
  const attempts = delivery.attempts + 1;
  const over = { delivery, attempts, next_attempt_at: null, at: now, attempt, gone: false };
  const { error, response_status: status, retry_after_ms } = attempt;
  if (error === null) return { ...over, status: "delivered", next_attempt_reason: null };
  if (delivery.cause === "test")
    return { ...over, status: "failed", next_attempt_reason: "a test is tried once" };
  if (status === GONE)
    return { ...over, status: "failed", next_attempt_reason: "status 410: the endpoint is gone", gone: true };
  const next = nextAttempt(schedule, random, { attempts, kind: error, status, retry_after_ms });
  if (next === null)
    return { ...over, status: "failed", next_attempt_reason: `no attempt is left of ${schedule.length}` };
  return {
    ...over,
    status: "pending",
    next_attempt_at: now + next.delay_ms,
    next_attempt_reason: `${next.reason} (${isoTime(now + next.delay_ms)})`,
  };
}

/** What a run of outcomes, in order, does to the count of messages that failed one after the other. */
export function failuresInARow(outcomes: readonly Outcome[]): { reset: boolean; add: number } {
  let reset = false;
  let add = 0;
  for (const { status, delivery } of outcomes) {
    if (status === "delivered") [reset, add] = [true, 0];
    if (status === "failed" && delivery.cause !== "test") add += 1;
  }
  return { reset, add };
}
