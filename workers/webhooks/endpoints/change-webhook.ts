import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { replaceTopics } from "../../../shared/webhooks/topics.ts";
import { checkMaker, checkSubjects } from "./check-subjects.ts";
import { checkUrl } from "./check-url.ts";
import { openHeaders, sealHeaders } from "./custom-headers.ts";
import type { ChangeWebhookRequest, Webhook } from "./schema.ts";
import { auditedOf, lockWebhook, showWebhook, theRow } from "./webhook-row.ts";

/**
 * Changes a webhook. Its secret stays, and so does what waits to be sent, which goes to the new address.
 * @throws `not_found`, `stale_edit`, `forbidden` for event types beyond one's own permissions, or `invalid_request` for an address that messages may not go to.
 */
export async function changeWebhook(
  ctx: Ctx,
  id: string,
  wanted: ChangeWebhookRequest,
  expected: ExpectedTags,
): Promise<Webhook> {
  if (wanted.url !== undefined) await checkUrl(ctx, wanted.url);
  const row = await ctx.transact(async (tx) => {
    const before = await lockWebhook(tx, ctx, id);
    expectRevision(expected, before);
    checkMaker(ctx, before);
    checkSubjects(ctx, wanted.event_types ?? before.event_types);
    const headersBefore = await openHeaders(ctx.seal, id, before.headers);
    const { headers: asked, ...change } = wanted;
    const headers =
      asked === undefined ? before.headers : await sealHeaders(ctx.seal, id, asked, headersBefore);
    const updated_at = isoTime(ctx.now());
    const after = theRow(
      await tx
        .update(webhooks)
        .set({ ...change, headers, revision: before.revision + 1, updated_at })
        .where(eq(webhooks.id, id))
        .returning(),
    );
    if (after.status === "active") await replaceTopics(tx, ctx, after);
    await recordAudit(tx, ctx, {
      action: "webhook.changed",
      target: { type: "webhook", id },
      before: { ...auditedOf(before), headers: Object.keys(headersBefore) },
      after: { ...auditedOf(after), headers: Object.keys(asked ?? (asked === null ? {} : headersBefore)) },
    });
    return after;
  });
  return showWebhook(ctx, row);
}
