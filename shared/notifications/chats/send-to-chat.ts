import { eq } from "drizzle-orm";
import type { ChatChannel } from "../../contracts/notifications.ts";
import { notification_preferences } from "../../db/schema/index.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { describeError } from "../../platform/errors.ts";
import { readStart } from "../../webhooks/read-start.ts";
import { readRetryAfter } from "../../webhooks/retry.ts";
import { withoutPath } from "../../webhooks/without-path.ts";
import type { Claim } from "../claim-sends.ts";
import type { JudgeTarget } from "../judge-target.ts";
import type { Outcome } from "../settle-sends.ts";
import type { ChatAnswer } from "./chat.ts";
import { CHATS, chatPurpose } from "./chats.ts";

const TIMEOUT_MS = 10_000;
const READ_BYTES = 2048;

type ChatCtx = Pick<Ctx, "db" | "config" | "fetch" | "now" | "seal">;

async function readAddress(
  { db, seal }: ChatCtx,
  channel: ChatChannel,
  user_id: string,
): Promise<string | null> {
  const { column } = CHATS[channel];
  const [row] = await db
    .select({ address: notification_preferences[column] })
    .from(notification_preferences)
    .where(eq(notification_preferences.user_id, user_id));
  return row?.address == null ? null : seal.open(chatPurpose(channel, user_id), row.address);
}

function post(ctx: ChatCtx, { url, body }: { url: string; body: unknown }): Promise<ChatAnswer> {
  return withDeadline(TIMEOUT_MS, async (signal) => {
    const answer = await ctx.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal,
    });
    return {
      status: answer.status,
      body: await readStart(answer.body, READ_BYTES),
      retry_after_ms: readRetryAfter(answer.headers.get("retry-after"), ctx.now()),
    };
  });
}

/** Posts one notification to a chat of its user. Never throws. */
export async function sendToChat(
  ctx: ChatCtx,
  channel: ChatChannel,
  claim: Claim,
  judgeTarget: JudgeTarget,
): Promise<Outcome> {
  let request: { url: string; body: unknown } | null = null;
  try {
    const address = await readAddress(ctx, channel, claim.user_id);
    if (address === null) return { status: "skipped", why: "there is no address any more" };
    const chat = CHATS[channel];
    request = chat.request(address, claim);
    const { refusal, unknown } = await judgeTarget(request.url);
    if (refusal !== null) return { status: "failed", why: `the address ${refusal}` };
    if (unknown !== null) return { status: "again", why: unknown };
    const outcome = chat.judge(await post(ctx, request));
    return outcome.status === "sent" ? outcome : { ...outcome, why: withoutPath(outcome.why, request.url) };
  } catch (error) {
    const why = describeError(error);
    return { status: "again", why: request === null ? why : withoutPath(why, request.url) };
  }
}
