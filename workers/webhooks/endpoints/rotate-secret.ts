import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { newWebhookSecret, secretPurpose } from "../../../shared/webhooks/secrets.ts";
import { checkMaker } from "./check-subjects.ts";
import type { MadeWebhook } from "./schema.ts";
import { lockWebhook, showWebhook, theRow } from "./webhook-row.ts";

/**
 * Gives a webhook a new secret, which is in the answer and nowhere else. The one before signs too for another
 * `overlap_s` seconds; the one before that signs no more.
 * @throws `not_found`, `forbidden` to an API key that did not make it: whoever knows the secret can sign as the platform.
 */
export async function rotateSecret(
  ctx: Ctx & Answers<MadeWebhook>,
  id: string,
  overlap_s: number,
): Promise<MadeWebhook> {
  const secret = newWebhookSecret();
  const sealed = await ctx.seal.seal(secretPurpose(id), secret);
  return ctx.transact(async (tx) => {
    const before = await lockWebhook(tx, ctx, id);
    checkMaker(ctx, before);
    const until = overlap_s === 0 ? null : isoTime(ctx.now() + overlap_s * 1000);
    const after = theRow(
      await tx
        .update(webhooks)
        .set({
          secret: sealed,
          previous_secret: until === null ? null : before.secret,
          previous_secret_until: until,
          updated_at: isoTime(ctx.now()),
        })
        .where(eq(webhooks.id, id))
        .returning(),
    );
    await recordAudit(tx, ctx, {
      action: "webhook.secret_rotated",
      target: { type: "webhook", id },
      after: { previous_secret_until: until },
    });
    const answer = { ...(await showWebhook(ctx, after)), secret };
    await ctx.keepAnswer?.(tx, answer);
    return answer;
  });
}
