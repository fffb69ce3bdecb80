import { count, eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { lockPlan } from "../../../shared/auth/lock-plan.ts";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { newWebhookSecret, secretPurpose } from "../../../shared/webhooks/secrets.ts";
import { replaceTopics } from "../../../shared/webhooks/topics.ts";
import { checkSubjects } from "./check-subjects.ts";
import { checkUrl } from "./check-url.ts";
import { sealHeaders } from "./custom-headers.ts";
import type { CreateWebhookRequest, MadeWebhook } from "./schema.ts";
import { auditedOf, showWebhook, theRow } from "./webhook-row.ts";

/** Throws `conflict` where the plan has no room for another one. Who makes two at once makes them one by one. */
async function checkRoom(tx: Tx, user_id: string): Promise<void> {
  const plan = await lockPlan(tx, user_id);
  const most = PlanLimits[plan].webhooks;
  const [counted] = await tx.select({ made: count() }).from(webhooks).where(eq(webhooks.user_id, user_id));
  if ((counted?.made ?? 0) >= most)
    throw new AppError(
      "conflict",
      `Your plan (${plan}) has room for ${most} webhooks, and you have that many. Delete one first.`,
    );
}

/**
 * Makes a webhook for whoever asks, active at once. Its secret is in the answer and nowhere else.
 * What a key makes is tied to it: it stops when the key ends.
 * @throws `forbidden` for event types beyond one's own permissions, `invalid_request` for an address that messages may not go to, `conflict` where the plan is full.
 */
export async function createWebhook(
  ctx: Ctx & Answers<MadeWebhook>,
  wanted: CreateWebhookRequest,
): Promise<MadeWebhook> {
  const user_id = ownerOf(ctx);
  checkSubjects(ctx, wanted.event_types);
  await checkUrl(ctx, wanted.url);
  const id = newId("whk", ctx.now());
  const at = isoTime(ctx.now());
  const secret = newWebhookSecret();
  const [sealedSecret, headers] = await Promise.all([
    ctx.seal.seal(secretPurpose(id), secret),
    sealHeaders(ctx.seal, id, wanted.headers, {}),
  ]);
  return ctx.transact(async (tx) => {
    await checkRoom(tx, user_id);
    const api_key_id = ctx.actor.type === "api_key" ? ctx.actor.key_id : null;
    const values = {
      ...wanted,
      id,
      user_id,
      api_key_id,
      headers,
      secret: sealedSecret,
      status: "active" as const,
    };
    const made = theRow(
      await tx
        .insert(webhooks)
        .values({ ...values, created_at: at, updated_at: at })
        .returning(),
    );
    await replaceTopics(tx, ctx, made);
    await recordAudit(tx, ctx, {
      action: "webhook.created",
      target: { type: "webhook", id },
      after: { ...auditedOf(made), headers: Object.keys(wanted.headers ?? {}) },
    });
    const answer = { ...(await showWebhook(ctx, made)), secret };
    await ctx.keepAnswer?.(tx, answer);
    return answer;
  });
}
