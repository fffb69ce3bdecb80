import { eq } from "drizzle-orm";
import { recordAudit } from "../audit/record-audit.ts";
import { users, webhooks } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { enqueueMail } from "../mail/enqueue-mail.ts";
import { sendMailSoon } from "../mail/send-mail-soon.ts";
import { webhookFailingMail } from "../mail/templates/webhook-failing.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { cancelDeliveries } from "./cancel-deliveries.ts";
import type { Outcome } from "./outcome.ts";
import { recordOutcomes } from "./record-outcomes.ts";

type SettleCtx = Pick<
  Ctx,
  "db" | "transact" | "now" | "seal" | "config" | "actor" | "client" | "trace" | "queue" | "later" | "log"
>;

interface Owner {
  user_id: string;
  email: string;
  name: string | null;
  url: string;
  status: "active" | "disabled";
  failed_in_a_row: number;
}

/** The endpoint and whose it is; nobody else turns it on or off until the commit. */
async function lockEndpoint(tx: Tx, webhook_id: string): Promise<Owner | null> {
  const [row] = await tx
    .select({
      user_id: webhooks.user_id,
      email: users.email,
      name: users.name,
      url: webhooks.url,
      status: webhooks.status,
      failed_in_a_row: webhooks.failed_in_a_row,
    })
    .from(webhooks)
    .innerJoin(users, eq(users.id, webhooks.user_id))
    .where(eq(webhooks.id, webhook_id))
    // Weaker than "update": messages may go on being recorded for it.
    .for("no key update", { of: webhooks });
  return row ?? null;
}

async function turnOff(tx: Tx, now: number, webhook_id: string, reason: "failures" | "gone"): Promise<void> {
  const at = isoTime(now);
  await tx
    .update(webhooks)
    .set({ status: "disabled", disabled_reason: reason, disabled_at: at, updated_at: at })
    .where(eq(webhooks.id, webhook_id));
  await cancelDeliveries(tx, { now: () => now }, webhook_id, `the endpoint was disabled: ${reason}`);
}

/** After so many failed messages in a row the owner is warned. */
export function warnsAfter(limit: number): number {
  return Math.ceil(limit / 2);
}

/**
 * Settles deliveries where a message has failed for good: in one transaction with what follows for the endpoint, which
 * is turned off after `WEBHOOK_DISABLE_AFTER` failed messages in a row or at once where it says that it is gone. Its
 * owner is warned half-way and at the end, once each.
 */
async function settleFailures(
  ctx: SettleCtx,
  webhook_id: string,
  outcomes: readonly Outcome[],
): Promise<{ disabled: boolean }> {
  const { mail_id, disabled } = await ctx.transact(async (tx) => {
    const before = await lockEndpoint(tx, webhook_id);
    const failed = await recordOutcomes(tx, webhook_id, outcomes);
    if (before === null || failed === null || before.status === "disabled")
      return { mail_id: null, disabled: true };
    const limit = ctx.config.WEBHOOK_DISABLE_AFTER;
    const gone = outcomes.some((outcome) => outcome.gone);
    const reason = gone ? ("gone" as const) : failed >= limit ? ("failures" as const) : null;
    const warns = before.failed_in_a_row < warnsAfter(limit) && failed >= warnsAfter(limit);
    if (reason === null && !warns) return { mail_id: null, disabled: false };
    if (reason !== null) await turnOff(tx, ctx.now(), webhook_id, reason);
    const { host } = new URL(before.url);
    const mail = webhookFailingMail({ name: before.name, host, failed, limit, disabled: reason });
    const mail_id = await enqueueMail(tx, ctx, "webhook_failing", { to: before.email, ...mail });
    if (reason !== null)
      await recordAudit(tx, ctx, {
        action: "webhook.disabled",
        target: { type: "webhook", id: webhook_id },
        before: { status: "active" },
        after: { status: "disabled", reason, failed_in_a_row: failed },
      });
    return { mail_id, disabled: reason !== null };
  });
  if (mail_id !== null) sendMailSoon(ctx, mail_id);
  return { disabled };
}

/** Settles deliveries of an endpoint. Answers whether it is disabled by that. */
export async function settleOutcomes(
  ctx: SettleCtx,
  webhook_id: string,
  outcomes: readonly Outcome[],
): Promise<{ disabled: boolean }> {
  if (outcomes.some(({ status }) => status === "failed")) return settleFailures(ctx, webhook_id, outcomes);
  await recordOutcomes(ctx.db, webhook_id, outcomes);
  return { disabled: false };
}
