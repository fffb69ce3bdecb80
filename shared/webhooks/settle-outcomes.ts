import { eq } from "drizzle-orm";
import { recordAudit } from "../audit/record-audit.ts";
import { users, webhooks } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { enqueueMail } from "../mail/enqueue-mail.ts";
import { sendMailSoon } from "../mail/send-mail-soon.ts";
import { webhookFailingMail } from "../mail/templates/webhook-failing.ts";
import { deliverNotificationsSoon } from "../notifications/deliver-soon.ts";
import { notify } from "../notifications/notify.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { cancelDeliveries } from "./cancel-deliveries.ts";
import type { Outcome } from "./outcome.ts";
import { recordOutcomes } from "./record-outcomes.ts";

type SettleCtx = Pick<
  Ctx,
  | "db"
  | "transact"
  | "now"
  | "seal"
  | "config"
  | "actor"
  | "client"
  | "trace"
  | "queue"
  | "rooms"
  | "later"
  | "log"
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
function warnsAfter(limit: number): number {
  return Math.ceil(limit / 2);
}

interface Verdict {
  failed: number;
  limit: number;
  disabled: "failures" | "gone" | null;
}

/** What must be handed on after the commit. */
interface Told {
  mail_id: string;
  notification_id: string | null;
}

async function tellOwner(
  tx: Tx,
  ctx: SettleCtx,
  webhook_id: string,
  owner: Owner,
  verdict: Verdict,
): Promise<Told> {
  const { host } = new URL(owner.url);
  const mail = webhookFailingMail({ name: owner.name, host, ...verdict });
  const mail_id = await enqueueMail(
    tx,
    ctx,
    "webhook_failing",
    { to: owner.email, ...mail },
    { user_id: owner.user_id, needs: "webhooks:read" },
  );
  const { disabled, failed, limit } = verdict;
  const off = disabled !== null;
  const notification_id = await notify(tx, ctx, {
    user_id: owner.user_id,
    kind: off ? "webhook.disabled" : "webhook.failing",
    level: off ? "error" : "warning",
    title: mail.subject,
    body: off
      ? `The endpoint on ${host} was turned off: ${disabled === "gone" ? "it answered with status 410" : `${failed} messages in a row failed`}.`
      : `${failed} messages in a row failed at the endpoint on ${host}; after ${limit} it is turned off.`,
    cause: `webhook:${webhook_id}:${disabled ?? "failing"}:${isoTime(ctx.now())}`,
    data: { webhook_id },
  });
  return { mail_id, notification_id };
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
  const { told, disabled } = await ctx.transact(async (tx) => {
    const before = await lockEndpoint(tx, webhook_id);
    const failed = await recordOutcomes(tx, webhook_id, outcomes);
    if (before === null || failed === null || before.status === "disabled")
      return { told: null, disabled: true };
    const limit = ctx.config.WEBHOOK_DISABLE_AFTER;
    const gone = outcomes.some((outcome) => outcome.gone);
    const reason = gone ? ("gone" as const) : failed >= limit ? ("failures" as const) : null;
    const warns = before.failed_in_a_row < warnsAfter(limit) && failed >= warnsAfter(limit);
    if (reason === null && !warns) return { told: null, disabled: false };
    if (reason !== null) await turnOff(tx, ctx.now(), webhook_id, reason);
    const told = await tellOwner(tx, ctx, webhook_id, before, { failed, limit, disabled: reason });
    if (reason !== null)
      await recordAudit(tx, ctx, {
        action: "webhook.disabled",
        target: { type: "webhook", id: webhook_id },
        before: { status: "active" },
        after: { status: "disabled", reason, failed_in_a_row: failed },
      });
    return { told, disabled: reason !== null };
  });
  if (told !== null) sendMailSoon(ctx, told.mail_id);
  if (told?.notification_id != null) deliverNotificationsSoon(ctx, [told.notification_id]);
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
