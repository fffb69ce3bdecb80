import { sql } from "drizzle-orm";
import type { Reader } from "../db/rows.ts";
import { cutText } from "../domain/cut-text.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import type { Claim } from "./claim-sends.ts";
import { nextAttemptDelay } from "./retry.ts";

/** What came of an attempt; `failed`: another one can do no better. */
export type Outcome =
  | { status: "sent" }
  | { status: "skipped" | "failed"; why: string }
  /** `wait_ms`: what the receiver asks for, at the least. */
  | { status: "again"; why: string; wait_ms?: number };

/** Writes down what came of sends that were claimed. What was taken anew since, where the lease ran out, stays. */
export async function settleSends(
  db: Reader,
  { now, log }: Pick<Ctx, "now" | "log">,
  claims: readonly Claim[],
  outcome: Outcome,
): Promise<void> {
  const [first] = claims;
  if (first === undefined) return;
  const delay = outcome.status === "again" ? nextAttemptDelay(first.attempts, outcome.wait_ms) : null;
  const why = outcome.status === "sent" ? null : cutText(outcome.why, 300);
  const status = outcome.status === "again" ? (delay === null ? "failed" : "pending") : outcome.status;
  const due = delay === null ? null : isoTime(now() + delay);
  const sent = status === "sent" ? isoTime(now()) : null;
  const taken = claims.map(
    (claim) => sql`(${claim.notification_id}, ${claim.channel}, ${claim.attempts}::integer)`,
  );
  await db.execute(sql`update notification_sends
    set status = ${status}, leased_until = null, last_error = ${why}, sent_at = ${sent}::timestamptz,
      due_at = coalesce(${due}::timestamptz, due_at)
    where status = 'pending' and (notification_id, channel, attempts) in (${sql.join(taken, sql`, `)})`);
  const { notification_id, channel, kind, attempts } = first;
  const facts = { notification_id, channel, kind, attempts, notifications: claims.length };
  if (status === "failed") log.error("a notification was not sent", { ...facts, error: why });
  else log.info(`a notification is ${status}`, { ...facts, ...(why !== null && { error: why }) });
}
