import { eq } from "drizzle-orm";
import { notification_preferences } from "../db/schema/index.ts";
import type { Ctx } from "../platform/ctx.ts";
import { withDeadline } from "../platform/deadline.ts";
import { describeError } from "../platform/errors.ts";
import type { Claim } from "./claim-sends.ts";
import type { JudgeTarget } from "./judge-target.ts";
import type { Outcome } from "./settle-sends.ts";

const TIMEOUT_MS = 10_000;
/** Refusals that may pass: the receiver was slow, or had too much of us. */
const PASSING = new Set([408, 425, 429]);

type SlackCtx = Pick<Ctx, "db" | "config" | "fetch" | "now" | "seal">;

/** What a user's Slack-compatible address is sealed for; it carries the right to write. */
export function slackPurpose(user_id: string): string {
  return `slack_url:${user_id}`;
}

/** What Slack takes for mark-up (https://docs.slack.dev/messaging/formatting-message-text/#escaping). */
function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function judge(status: number): Outcome {
  if (status >= 200 && status < 300) return { status: "sent" };
  const why = `status ${status} instead of 2xx`;
  return status >= 500 || PASSING.has(status) ? { status: "again", why } : { status: "failed", why };
}

async function readUrl({ db, seal }: SlackCtx, user_id: string): Promise<string | null> {
  const [row] = await db
    .select({ slack_url: notification_preferences.slack_url })
    .from(notification_preferences)
    .where(eq(notification_preferences.user_id, user_id));
  return row?.slack_url == null ? null : seal.open(slackPurpose(user_id), row.slack_url);
}

/**
 * Posts one notification as `{ "text": … }`, which Slack's incoming webhooks and those of Mattermost, Rocket.Chat and
 * Discord (`/slack`) take (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/). Never throws.
 */
export async function sendToSlack(ctx: SlackCtx, claim: Claim, judgeTarget: JudgeTarget): Promise<Outcome> {
  try {
    const url = await readUrl(ctx, claim.user_id);
    if (url === null) return { status: "skipped", why: "there is no address any more" };
    const { refusal, unknown } = await judgeTarget(url);
    if (refusal !== null) return { status: "failed", why: `the address ${refusal}` };
    if (unknown !== null) return { status: "again", why: unknown };
    const text = `*${escapeText(claim.title)}*\n${escapeText(claim.body)}`;
    return await withDeadline(TIMEOUT_MS, async (signal) => {
      const answer = await ctx.fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
        redirect: "manual",
        signal,
      });
      await answer.body?.cancel();
      return judge(answer.status);
    });
  } catch (error) {
    return { status: "again", why: describeError(error) };
  }
}
