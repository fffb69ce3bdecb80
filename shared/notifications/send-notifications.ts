import { ChatChannel } from "../contracts/notifications.ts";
import { askAgain } from "../db/ask-again.ts";
import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { sendToChat } from "./chats/send-to-chat.ts";
import { type Claim, claimDigest, claimSends, MOST_CLAIMED } from "./claim-sends.ts";
import { queueSends } from "./deliver-soon.ts";
import { type JudgeTarget, targetJudge } from "./judge-target.ts";
import { keepWhatMayBeSent } from "./may-be-sent.ts";
import { wakeOffered } from "./offer-to-webhooks.ts";
import { subscriptionOf } from "./push/push-channel.ts";
import { sendPush } from "./push/send-push.ts";
import { readRecipients } from "./read-recipients.ts";
import { type MailCtx, sendByMail } from "./send-by-mail.ts";
import { type Outcome, settleSends } from "./settle-sends.ts";

type SendCtx = MailCtx & Pick<Ctx, "fetch" | "deliveries">;

/** So often is it tried to note what was sent, within half a minute. */
const MOST_NOTED = 8;
/** Requests to chats and push services at once. */
const AT_ONCE = 6;

/**
 * Sends what is due of these notifications by mail, chat and push, and wakes the webhooks that they were offered to. A
 * claim is leased: what a worker that dies leaves behind is taken by the next tick, so a chat or browser may be told
 * twice, and a mail is put into the outbox once.
 */
export async function sendNotifications(ctx: SendCtx, notification_ids: readonly string[]): Promise<void> {
  await wakeOffered(ctx, notification_ids);
  const claims = await claimSends(ctx, notification_ids);
  const may = await keepWhatMayBeSent(ctx, claims);
  const [mails, others] = [
    may.filter(({ channel }) => channel === "email"),
    may.filter(({ channel }) => channel !== "email"),
  ];
  await sendMails(ctx, mails);
  const judge = targetJudge(ctx);
  for (let first = 0; first < others.length; first += AT_ONCE)
    await Promise.all(
      others.slice(first, first + AT_ONCE).map(async (claim) => {
        const outcome = await sendBy(ctx, claim, judge);
        // Sent is sent: the longer its note takes, the likelier somebody sends it again.
        await askAgain(MOST_NOTED, () => settleSends(ctx.db, ctx, [claim], outcome));
      }),
    );
  if (claims.length === MOST_CLAIMED) await queueSends(ctx, notification_ids);
}

function sendBy(ctx: SendCtx, claim: Claim, judge: JudgeTarget): Promise<Outcome> | Outcome {
  if (subscriptionOf(claim.channel) !== null) return sendPush(ctx, claim, judge);
  const chat = ChatChannel.safeParse(claim.channel);
  if (chat.success) return sendToChat(ctx, chat.data, claim, judge);
  return { status: "failed", why: `there is no channel ${claim.channel}` };
}

/** One mail for each, and for those who want digests one a kind. */
async function sendMails(ctx: SendCtx, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  const recipients = await readRecipients(ctx.db, [...new Set(claims.map(({ user_id }) => user_id))]);
  const windows = new Map(
    recipients.map(({ user_id, preferences }) => [user_id, preferences.digest?.window_s]),
  );
  const mails = new Map<string, Claim[]>();
  for (const claim of claims) {
    const alone = windows.get(claim.user_id) === undefined || claim.level === "critical";
    const name = alone ? claim.notification_id : `${claim.user_id} ${claim.kind}`;
    mails.set(name, [...(mails.get(name) ?? []), claim]);
  }
  for (const gathered of mails.values()) await sendOneMail(ctx, gathered, windows);
}

async function sendOneMail(
  ctx: SendCtx,
  gathered: readonly Claim[],
  windows: ReadonlyMap<string, number | undefined>,
): Promise<void> {
  const [first] = gathered;
  if (first === undefined) return;
  const { user_id, kind, level } = first;
  const window_s = level === "critical" ? undefined : windows.get(user_id);
  const others = window_s === undefined ? [] : await claimDigest(ctx, { user_id, kind, window_s });
  const all = [...gathered, ...others];
  try {
    await sendByMail(ctx, user_id, all);
  } catch (error) {
    await settleSends(ctx.db, ctx, all, { status: "again", why: describeError(error) });
  }
}
