import { sql } from "drizzle-orm";
import { z } from "zod";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** What changed this recently is told to its gate again. */
const RECENT_MS = 5 * MINUTE_MS;
const MAX_TOLD = 200;
/** Looking for what is old reads whole tables. */
const CLEAN_EVERY_MS = 10 * MINUTE_MS;
/** Rows of one kind that one tick removes. */
const MAX_REMOVED = 5000;
/** Use of a session is written down late, and later where Postgres was away. */
const USE_LAG_MS = 5 * MINUTE_MS;
/** Ended sessions stay in the table for who looks into a case. */
const KEEP_ENDED_MS = 30 * DAY_MS;

const Changed = z.object({ user_id: z.string() });

/** A worker that dies between its commit and its word to the gate would leave the gate as it was: told again here. */
async function tellGates(ctx: Pick<Ctx, "db" | "gates" | "now" | "log">): Promise<void> {
  const since = isoTime(ctx.now() - RECENT_MS);
  const changed = await readRows(
    ctx.db,
    sql`select user_id from sessions where ended_at > ${since}
        union select id from users where updated_at > ${since}
        limit ${MAX_TOLD}`,
    Changed,
  );
  await Promise.all(
    changed.map(({ user_id }) =>
      accessChanged(ctx, user_id).catch((error: unknown) =>
        ctx.log.error("a gate was not told of a change", { user_id, error: describeError(error) }),
      ),
    ),
  );
}

/** The same for keys: the gate of a revoked one hears nothing of what happens to its account. */
async function tellKeyGates(ctx: Pick<Ctx, "db" | "gates" | "now" | "log">): Promise<void> {
  const since = isoTime(ctx.now() - RECENT_MS);
  const revoked = await readRows(
    ctx.db,
    sql`select key_hash from api_keys where revoked_at > ${since} limit ${MAX_TOLD}`,
    z.object({ key_hash: z.string() }),
  );
  await Promise.all(
    revoked.map(({ key_hash }) =>
      ctx.gates
        .apiKey(key_hash)
        .changed()
        .catch((error: unknown) =>
          ctx.log.error("a key's gate was not told of its end", { error: describeError(error) }),
        ),
    ),
  );
}

/** Ends sessions whose time is over and removes what nobody can use any more. */
async function removeOld(ctx: Pick<Ctx, "db" | "now" | "config">): Promise<void> {
  const now = ctx.now();
  const at = isoTime(now);
  const idle = isoTime(now - ctx.config.SESSION_IDLE_S * 1000 - USE_LAG_MS);
  await ctx.db.batch([
    ctx.db.execute(sql`update sessions set ended_at = ${at}, end_reason = 'expired'
      where id in (select id from sessions
        where ended_at is null and (expires_at <= ${at} or last_used_at <= ${idle}) limit ${MAX_REMOVED})`),
    ctx.db.execute(sql`delete from sessions where id in (
      select id from sessions where ended_at < ${isoTime(now - KEEP_ENDED_MS)} limit ${MAX_REMOVED})`),
    ctx.db.execute(sql`delete from refresh_tokens where token_hash in (
      select token_hash from refresh_tokens where expires_at < ${at} limit ${MAX_REMOVED})`),
    ctx.db.execute(sql`delete from mfa_challenges where token_hash in (
      select token_hash from mfa_challenges where expires_at < ${at} limit ${MAX_REMOVED})`),
    ctx.db.execute(sql`delete from email_tokens where token_hash in (
      select token_hash from email_tokens where expires_at < ${isoTime(now - DAY_MS)} limit ${MAX_REMOVED})`),
    ctx.db.execute(sql`delete from signing_keys where retires_at < ${isoTime(now - DAY_MS)}`),
  ]);
}

/** The chores of accounts: every tick the gates, every tenth minute what is old. */
export async function sweepAccounts(
  ctx: Pick<Ctx, "db" | "gates" | "now" | "log" | "config">,
): Promise<void> {
  await tellGates(ctx);
  await tellKeyGates(ctx);
  if (ctx.now() % CLEAN_EVERY_MS < MINUTE_MS) await removeOld(ctx);
}
