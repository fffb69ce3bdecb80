import { and, count, eq, gt, isNull, or } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { maxRequestsPerMinute } from "../../../shared/auth/api-keys/rate-limit.ts";
import { showKey } from "../../../shared/auth/api-keys/show-key.ts";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import { api_keys, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { toldSoon } from "../../../shared/notifications/tell-account.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx, UserActor } from "../../../shared/platform/ctx.ts";
import { AppError, type FieldError } from "../../../shared/platform/errors.ts";
import { addKey } from "./add-key.ts";
import type { CreateKeyRequest, MadeApiKey } from "./schema.ts";

/** What a request asks for that this person cannot give. */
function faultsOf(asked: CreateKeyRequest, me: UserActor, now: number): FieldError[] {
  const most = maxRequestsPerMinute(me);
  return [
    ...asked.scopes.flatMap((scope, index) =>
      me.permissions.has(scope)
        ? []
        : [{ pointer: `/scopes/${index}`, message: `"${scope}" is not among your own permissions` }],
    ),
    ...(asked.expires_at !== null && asked.expires_at <= now
      ? [{ pointer: "/expires_at", message: "must be in the future" }]
      : []),
    ...(asked.requests_per_minute !== undefined && asked.requests_per_minute > most
      ? [{ pointer: "/requests_per_minute", message: `must be at most ${most} in your plan` }]
      : []),
  ];
}

/** Keys that work and were not replaced. */
async function countKeys(tx: Tx, user_id: string, at: string): Promise<number> {
  const [counted] = await tx
    .select({ keys: count() })
    .from(api_keys)
    .where(
      and(
        eq(api_keys.user_id, user_id),
        isNull(api_keys.revoked_at),
        isNull(api_keys.replaced_by),
        or(isNull(api_keys.expires_at), gt(api_keys.expires_at, at)),
      ),
    );
  return counted?.keys ?? 0;
}

/**
 * Makes a key for whoever asks. Its text is in the answer and nowhere else.
 * @throws `invalid_request` for scopes beyond one's own, `conflict` where the plan has no room for another key.
 */
export async function createKey(
  ctx: Ctx & Answers<MadeApiKey>,
  asked: CreateKeyRequest,
): Promise<MadeApiKey> {
  const me = userOf(ctx);
  const details = faultsOf(asked, me, ctx.now());
  const [first] = details;
  if (first !== undefined)
    throw new AppError("invalid_request", `${first.pointer.slice(1)}: ${first.message}.`, { details });
  const made = await ctx.transact(async (tx) => {
    // Whoever makes two at once makes them one after the other, so that both are counted.
    const [owner] = await tx
      .select({ email: users.email, name: users.name, plan: users.plan })
      .from(users)
      .where(eq(users.id, me.user_id))
      .for("update");
    if (owner === undefined) throw new AppError("session_ended", "This account is gone.");
    const most = PlanLimits[owner.plan].api_keys;
    if ((await countKeys(tx, me.user_id, isoTime(ctx.now()))) >= most)
      throw new AppError(
        "conflict",
        `Your plan (${owner.plan}) has room for ${most} API keys, and you have that many. Revoke one first.`,
      );
    const added = await addKey(tx, ctx, owner, {
      user_id: me.user_id,
      name: asked.name,
      scopes: asked.scopes,
      requests_per_minute: asked.requests_per_minute ?? maxRequestsPerMinute(me),
      expires_at: asked.expires_at === null ? null : isoTime(asked.expires_at),
    });
    const shown = showKey(added.row, ctx.now());
    await recordAudit(tx, ctx, {
      action: "api_key.created",
      target: { type: "api_key", id: shown.id },
      after: {
        name: shown.name,
        prefix: shown.prefix,
        scopes: shown.scopes,
        requests_per_minute: shown.requests_per_minute,
        expires_at: shown.expires_at,
      },
    });
    const answer = { ...shown, key: added.key };
    await ctx.keepAnswer?.(tx, answer);
    return { answer, mail: added.mail, told: added.told };
  });
  sendMailSoon(ctx, made.mail);
  toldSoon(ctx, made.told);
  return made.answer;
}
