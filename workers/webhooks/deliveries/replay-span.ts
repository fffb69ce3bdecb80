import { readRows } from "../../../shared/db/rows.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { namesType, topicsOf } from "../../../shared/webhooks/topics.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { lockWebhook } from "../endpoints/webhook-row.ts";
import { findReplay, keepReplay, nameOfReplay } from "./known-replay.ts";
import { MOST_REPLAYED, ReplayRow, replaySpan } from "./replay-sql.ts";
import { isDisabled } from "./resend-delivery.ts";
import type { Replayed, ReplayRequest } from "./schema.ts";

const invalid = (pointer: string, message: string) =>
  new AppError("invalid_request", `${pointer.slice(1)}: ${message}.`, { details: [{ pointer, message }] });

/**
 * Sends what was received in a span and is wanted once more, under the ids of the first time. Market events need not
 * have been recorded for anybody then: they are made from the market's own tables. The same request again, while it is
 * under way or within a minute, is answered alike and sends nothing more.
 * @throws `not_found`, `conflict` where the webhook is disabled, `invalid_request` for a span that is empty or holds
 * more than `MOST_REPLAYED` messages.
 */
export async function replayMessages(
  ctx: Ctx & Answers<Replayed>,
  webhook_id: string,
  request: ReplayRequest,
): Promise<Replayed> {
  const { since, until: wanted, event_types } = request;
  const at = ctx.now();
  const now = isoTime(at);
  const until = wanted ?? now;
  if (since >= until) throw invalid("/since", `must be before until, which is ${until}`);
  const replayed = await ctx.transact(async (tx) => {
    const webhook = await lockWebhook(tx, ctx, webhook_id);
    if (webhook.status !== "active") throw isDisabled();
    const asked = nameOfReplay(webhook, request);
    const known = await findReplay(tx, webhook, { asked, now: at });
    if (known !== null) {
      await ctx.keepAnswer?.(tx, known);
      return known;
    }
    const topics = topicsOf(webhook).filter(
      ({ event_type }) =>
        !event_type.startsWith("market.") ||
        event_types === undefined ||
        event_types.some((pattern) => namesType(pattern, event_type)),
    );
    const { user_id } = webhook;
    const span = { webhook_id, user_id, since, until, now, topics, event_types: event_types ?? null };
    const [row] = await readRows(tx, replaySpan(span), ReplayRow);
    if (row === undefined) throw new Error("an aggregate has one row");
    if (row.count > MOST_REPLAYED)
      throw invalid(
        "/until",
        `is too late: more than ${MOST_REPLAYED} messages lie in this span; with until at ${row.last} there are at most that many, and the rest can be asked for from there on`,
      );
    await keepReplay(tx, webhook, { asked, now: at, answer: row });
    await ctx.keepAnswer?.(tx, row);
    return row;
  });
  if (replayed.count > 0) wakeWebhooks(ctx, [webhook_id], { asked: true });
  return replayed;
}
