import { and, eq, gt, isNull, lt, sql } from "drizzle-orm";
import { mfa_challenges } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { randomToken, sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { MfaRequired } from "./schema.ts";

const CHALLENGE_MS = 5 * 60_000;
const MAX_ATTEMPTS = 5;

/** Notes that the password of a log-in was right, and that its second factor is to follow. */
export async function issueChallenge(ctx: Pick<Ctx, "db" | "now">, user_id: string): Promise<MfaRequired> {
  const challenge_token = randomToken();
  const now = ctx.now();
  await ctx.db.insert(mfa_challenges).values({
    token_hash: await sha256Hex(challenge_token),
    user_id,
    created_at: isoTime(now),
    expires_at: isoTime(now + CHALLENGE_MS),
  });
  return {
    mfa_required: true,
    challenge_token,
    expires_in: CHALLENGE_MS / 1000,
    methods: ["otp", "recovery"],
  };
}

/**
 * Counts an attempt at a challenge, before its code is looked at, and says whose it is. `null` where it was used, has
 * run out, or has had its five attempts.
 */
export async function attemptChallenge(ctx: Pick<Ctx, "db" | "now">, token: string): Promise<string | null> {
  const [challenge] = await ctx.db
    .update(mfa_challenges)
    .set({ attempts: sql`${mfa_challenges.attempts} + 1` })
    .where(
      and(
        eq(mfa_challenges.token_hash, await sha256Hex(token)),
        isNull(mfa_challenges.used_at),
        gt(mfa_challenges.expires_at, isoTime(ctx.now())),
        lt(mfa_challenges.attempts, MAX_ATTEMPTS),
      ),
    )
    .returning({ user_id: mfa_challenges.user_id });
  return challenge?.user_id ?? null;
}

/** Uses a challenge, once. */
export async function closeChallenge(tx: Tx, ctx: Pick<Ctx, "now">, token: string): Promise<boolean> {
  const closed = await tx
    .update(mfa_challenges)
    .set({ used_at: isoTime(ctx.now()) })
    .where(and(eq(mfa_challenges.token_hash, await sha256Hex(token)), isNull(mfa_challenges.used_at)))
    .returning({ user_id: mfa_challenges.user_id });
  return closed.length === 1;
}
