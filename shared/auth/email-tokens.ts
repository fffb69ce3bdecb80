import { and, eq, gt, isNull } from "drizzle-orm";
import { email_tokens, users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { randomToken, sha256Hex } from "../platform/bytes.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";

/** What a token that was sent by mail is for. */
export type EmailPurpose = "verify" | "reset" | "invite" | "change_email";

/** How long each is good for, ms; also what its mail says. */
export const EMAIL_TOKEN_TTL_MS: Readonly<Record<EmailPurpose, number>> = {
  verify: 24 * 3_600_000,
  reset: 30 * 60_000,
  invite: 72 * 3_600_000,
  change_email: 24 * 3_600_000,
};

/** Makes every token of a purpose that was sent to an account worth nothing. */
export async function voidEmailTokens(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  purpose: EmailPurpose,
): Promise<void> {
  await tx
    .update(email_tokens)
    .set({ used_at: isoTime(ctx.now()) })
    .where(
      and(eq(email_tokens.user_id, user_id), eq(email_tokens.purpose, purpose), isNull(email_tokens.used_at)),
    );
}

/**
 * Makes a token of 256 random bits for a mail, of which only the hash is kept; the ones before it are void.
 * @param given `email`: the address that it goes to, and whose possession it proves.
 */
export async function issueEmailToken(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  given: { user_id: string; purpose: EmailPurpose; email: string; ttl_ms?: number },
): Promise<string> {
  const { user_id, purpose, email, ttl_ms = EMAIL_TOKEN_TTL_MS[purpose] } = given;
  await voidEmailTokens(tx, ctx, user_id, purpose);
  const token = randomToken();
  const now = ctx.now();
  await tx.insert(email_tokens).values({
    token_hash: await sha256Hex(token),
    user_id,
    purpose,
    email,
    created_at: isoTime(now),
    expires_at: isoTime(now + ttl_ms),
  });
  return token;
}

export interface ProvedEmail {
  user_id: string;
  /** The address that its holder can read. */
  email: string;
}

async function standing(ctx: Pick<Ctx, "now">, purpose: EmailPurpose, token: string) {
  return and(
    eq(email_tokens.token_hash, await sha256Hex(token)),
    eq(email_tokens.purpose, purpose),
    isNull(email_tokens.used_at),
    gt(email_tokens.expires_at, isoTime(ctx.now())),
  );
}

/** Uses a token, once: of two that come at the same moment, the statement lets one through. `null` where it is not good. */
export async function redeemEmailToken(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  purpose: EmailPurpose,
  token: string,
): Promise<ProvedEmail | null> {
  const good = await standing(ctx, purpose, token);
  const [meant] = await tx.select({ user_id: email_tokens.user_id }).from(email_tokens).where(good);
  if (meant === undefined) return null;
  // The account first, as whoever issues tokens does: otherwise the two could wait for each other.
  await tx.select({ id: users.id }).from(users).where(eq(users.id, meant.user_id)).for("update");
  const [used] = await tx
    .update(email_tokens)
    .set({ used_at: isoTime(ctx.now()) })
    .where(good)
    .returning({ user_id: email_tokens.user_id, email: email_tokens.email });
  return used ?? null;
}

/** What a token stands for, without using it: for what must be known before the work of a password hash. */
export async function findEmailToken(
  ctx: Pick<Ctx, "db" | "now">,
  purpose: EmailPurpose,
  token: string,
): Promise<ProvedEmail | null> {
  const [found] = await ctx.db
    .select({ user_id: email_tokens.user_id, email: email_tokens.email })
    .from(email_tokens)
    .where(await standing(ctx, purpose, token));
  return found ?? null;
}
