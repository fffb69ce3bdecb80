import { audit_log } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Actor, Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { factsWithoutAddresses } from "./host-only.ts";

export interface AuditEntry {
  /** `resource.verb` in the past, such as `user.role_changed`. */
  action: string;
  target: { type: string; id: string | null };
  /** What it was and what it became, without secrets; of addresses the host is kept. */
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Where it is not the context's actor: a log-in acts for the account that it opens. */
  actor?: { type: string; id: string | null };
}

function idOf(actor: Actor): string | null {
  if (actor.type === "user") return actor.user_id;
  if (actor.type === "api_key") return actor.key_id;
  return actor.type === "system" ? actor.job : null;
}

/**
 * Writes who did what, in the transaction of the change itself. Call it last: from here to the commit every other
 * audited change waits, and one that would lock rows after it could wait for one that waits for it.
 */
export async function recordAudit(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "client" | "now" | "trace">,
  entry: AuditEntry,
): Promise<void> {
  await tx.insert(audit_log).values({
    id: newId("aud", ctx.now()),
    at: isoTime(ctx.now()),
    actor_type: entry.actor?.type ?? ctx.actor.type,
    actor_id: entry.actor === undefined ? idOf(ctx.actor) : entry.actor.id,
    action: entry.action,
    target_type: entry.target.type,
    target_id: entry.target.id,
    before: entry.before === undefined ? null : factsWithoutAddresses(entry.before),
    after: entry.after === undefined ? null : factsWithoutAddresses(entry.after),
    ip: ctx.client.ip,
    user_agent: ctx.client.user_agent,
    trace_id: ctx.trace.trace_id,
  });
}
