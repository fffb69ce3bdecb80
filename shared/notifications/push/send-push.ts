import { and, eq } from "drizzle-orm";
import { push_subscriptions } from "../../db/schema/index.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { describeError } from "../../platform/errors.ts";
import { readRetryAfter } from "../../webhooks/retry.ts";
import { withoutPath } from "../../webhooks/without-path.ts";
import type { Claim } from "../claim-sends.ts";
import type { JudgeTarget } from "../judge-target.ts";
import type { Outcome } from "../settle-sends.ts";
import { encryptPush } from "./encrypt-push.ts";
import { subscriptionOf } from "./push-channel.ts";
import { deliveryHeaders, encodeMessage } from "./push-message.ts";
import { openSubscription, type Subscription } from "./subscription.ts";
import { authorizePush } from "./vapid.ts";

const TIMEOUT_MS = 10_000;
/** The browser has unsubscribed, or never will be there again (RFC 8030, 7.3). */
const GONE = new Set([404, 410]);
/** Refusals that may pass. */
const PASSING = new Set([408, 425, 429]);

type PushCtx = Pick<Ctx, "db" | "config" | "fetch" | "now" | "seal">;

async function post(ctx: PushCtx, { endpoint, keys }: Subscription, claim: Claim, authorization: string) {
  const { notification_id: id, kind, level, title, body, created_at: at } = claim;
  const sealed = await encryptPush(keys, encodeMessage({ id, kind, level, title, body, at }));
  return withDeadline(TIMEOUT_MS, async (signal) => {
    const answer = await ctx.fetch(endpoint, {
      method: "POST",
      headers: {
        ...deliveryHeaders({ id, level }),
        authorization,
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
      },
      body: sealed,
      redirect: "manual",
      signal,
    });
    await answer.body?.cancel();
    return answer;
  });
}

async function forget({ db }: PushCtx, id: string, why: string): Promise<Outcome> {
  await db.delete(push_subscriptions).where(eq(push_subscriptions.id, id));
  return { status: "skipped", why };
}

async function settle(ctx: PushCtx, id: string, { status, headers }: Response): Promise<Outcome> {
  if (GONE.has(status)) return forget(ctx, id, `the subscription is gone: status ${status}`);
  if (status >= 200 && status < 300) {
    const last_used_at = isoTime(ctx.now());
    await ctx.db.update(push_subscriptions).set({ last_used_at }).where(eq(push_subscriptions.id, id));
    return { status: "sent" };
  }
  const why = `status ${status} instead of 2xx`;
  if (status < 500 && !PASSING.has(status)) return { status: "failed", why };
  const wait_ms = readRetryAfter(headers.get("retry-after"), ctx.now());
  return { status: "again", why, ...(wait_ms !== null && { wait_ms }) };
}

/**
 * Pushes one notification to one browser (RFC 8030), encrypted for it alone (RFC 8291) and signed (RFC 8292). Removes
 * a subscription that the push service no longer knows. Never throws.
 */
export async function sendPush(ctx: PushCtx, claim: Claim, judge: JudgeTarget): Promise<Outcome> {
  let asked: string | null = null;
  try {
    const id = subscriptionOf(claim.channel) ?? "";
    const [row] = await ctx.db
      .select({ id: push_subscriptions.id, subscription: push_subscriptions.subscription })
      .from(push_subscriptions)
      .where(and(eq(push_subscriptions.id, id), eq(push_subscriptions.user_id, claim.user_id)));
    if (row === undefined) return { status: "skipped", why: "there is no such subscription any more" };
    const subscription = await openSubscription(ctx.seal, row);
    const { endpoint, expirationTime } = subscription;
    if (expirationTime !== null && expirationTime <= ctx.now())
      return await forget(ctx, id, "the subscription has expired");
    const authorization = await authorizePush(ctx, endpoint);
    if (authorization === null) return { status: "skipped", why: "push is not set up" };
    const { refusal, unknown } = await judge(endpoint);
    if (refusal !== null) return { status: "failed", why: `the endpoint ${refusal}` };
    if (unknown !== null) return { status: "again", why: unknown };
    asked = endpoint;
    return await settle(ctx, id, await post(ctx, subscription, claim, authorization));
  } catch (error) {
    const why = describeError(error);
    return { status: "again", why: asked === null ? why : withoutPath(why, asked) };
  }
}
