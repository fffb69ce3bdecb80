import { and, asc, eq, gt, inArray, isNull } from "drizzle-orm";
import { PlanLimits } from "../../contracts/access.ts";
import { refresh_tokens, sessions, users } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { randomToken, sha256Hex } from "../../platform/bytes.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import { newId } from "../../platform/ids.ts";
import type { EndReason } from "./end-sessions.ts";

export interface OpenedSession {
  session_id: string;
  refresh_token: string;
  /** ISO 8601. */
  refresh_expires_at: string;
  /** Older sessions that ended because the plan allows no more; after the commit their gate wants `accessChanged`. */
  evicted: number;
}

const TOO_MANY: EndReason = "too_many";

/** Ends the oldest sessions beyond what the plan allows, so that one more fits. The user's row is locked meanwhile. */
async function makeRoom(tx: Tx, ctx: Pick<Ctx, "now" | "config">, userId: string): Promise<number> {
  const [user] = await tx.select({ plan: users.plan }).from(users).where(eq(users.id, userId)).for("update");
  if (user === undefined) throw new AppError("not_found", `There is no account ${userId}.`);
  const live = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.user_id, userId),
        isNull(sessions.ended_at),
        gt(sessions.expires_at, isoTime(ctx.now())),
        gt(sessions.last_used_at, isoTime(ctx.now() - ctx.config.SESSION_IDLE_S * 1000)),
      ),
    )
    .orderBy(asc(sessions.created_at), asc(sessions.id));
  const beyond = live.slice(0, Math.max(0, live.length - PlanLimits[user.plan].sessions + 1));
  if (beyond.length === 0) return 0;
  await tx
    .update(sessions)
    .set({ ended_at: isoTime(ctx.now()), end_reason: TOO_MANY })
    .where(
      inArray(
        sessions.id,
        beyond.map((session) => session.id),
      ),
    );
  return beyond.length;
}

/**
 * Opens a session with its first refresh token, in the caller's transaction. Beyond the plan's number of sessions the
 * oldest end (ASVS 7.1.2).
 * @param given `methods`: how it was proved, `pwd`, `otp`, `recovery`; `mfa`: a second factor was among them.
 */
export async function openSession(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "config" | "client">,
  given: { user_id: string; methods: string[]; mfa: boolean; device_id: string | null },
): Promise<OpenedSession> {
  const evicted = await makeRoom(tx, ctx, given.user_id);
  const now = ctx.now();
  const at = isoTime(now);
  const { SESSION_MAX_S, SESSION_IDLE_S } = ctx.config;
  const session_id = newId("ses", now);
  const refresh_token = randomToken();
  const refresh_expires_at = isoTime(now + Math.min(SESSION_MAX_S, SESSION_IDLE_S) * 1000);
  await tx.insert(sessions).values({
    id: session_id,
    user_id: given.user_id,
    device_id: given.device_id,
    ip: ctx.client.ip,
    user_agent: ctx.client.user_agent,
    methods: given.methods,
    mfa_at: given.mfa ? at : null,
    created_at: at,
    last_used_at: at,
    expires_at: isoTime(now + SESSION_MAX_S * 1000),
  });
  await tx.insert(refresh_tokens).values({
    token_hash: await sha256Hex(refresh_token),
    session_id,
    created_at: at,
    expires_at: refresh_expires_at,
  });
  return { session_id, refresh_token, refresh_expires_at, evicted };
}
