import { and, eq, gt, inArray, isNull } from "drizzle-orm";
import { email_tokens, users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { randomToken, sha256Hex } from "../platform/bytes.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";

/** What a token that was sent by mail is for. */
export type EmailPurpose = "verify" | "reset" | "invite" | "change_email" | "cancel_email";

/** How long each is good for, ms; also what its mail says. */
export const EMAIL_TOKEN_TTL_MS: Readonly<Record<EmailPurpose, number>> = {
  verify: 24 * 3_600_000,
  reset: 30 * 60_000,
  invite: 72 * 3_600_000,
  change_email: 24 * 3_600_000,
  cancel_email: 24 * 3_600_000,
};

/**
 * Makes the open tokens that were sent for an account worth nothing: all of them, or those of some purposes. Whatever
 * protects an account calls it for all, since each open token is a way in for somebody who prepared it before.
 */
export async function voidEmailTokens(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  purposes?: readonly EmailPurpose[],
): Promise<void> {
  await tx
    .update(email_tokens)
    .set({ used_at: isoTime(ctx.now()) })
    .where(
      and(
        eq(email_tokens.user_id, user_id),
        purposes === undefined ? undefined : inArray(email_tokens.purpose, [...purposes]),
        isNull(email_tokens.used_at),
      ),
    );
}

/** What a registration asked for. */
export interface Registration {
  password_hash: string;
  name: string | null;
}

/**
 * Makes a token of 256 random bits for a mail, of which only the hash is kept. The open ones before it are void: those
 * of its purpose, or, of a registration, those with the same password, as nobody may void the link of another.
 * @param given `email`: the address that it goes to, and whose possession it proves.
 */
export async function issueEmailToken(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  given: {
    user_id: string;
    purpose: EmailPurpose;
    email: string;
    ttl_ms?: number;
    registration?: Registration;
  },
): Promise<string> {
  const { user_id, purpose, email, registration, ttl_ms = EMAIL_TOKEN_TTL_MS[purpose] } = given;
  if (registration === undefined) await voidEmailTokens(tx, ctx, user_id, [purpose]);
  else
    await tx
      .update(email_tokens)
      .set({ used_at: isoTime(ctx.now()) })
      .where(
        and(
          eq(email_tokens.user_id, user_id),
          eq(email_tokens.purpose, purpose),
          eq(email_tokens.password_hash, registration.password_hash),
          isNull(email_tokens.used_at),
        ),
      );
  const token = randomToken();
  const now = ctx.now();
  await tx.insert(email_tokens).values({
    token_hash: await sha256Hex(token),
    user_id,
    purpose,
    email,
    ...registration,
    created_at: isoTime(now),
    expires_at: isoTime(now + ttl_ms),
  });
  return token;
}

export interface ProvedEmail {
  user_id: string;
  /** The address that its holder can read. */
  email: string;
  /** Of a registration: the password that it chose, and the name. */
  password_hash: string | null;
  name: string | null;
}

const proved = {
  user_id: email_tokens.user_id,
  email: email_tokens.email,
  password_hash: email_tokens.password_hash,
  name: email_tokens.name,
};

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
    .returning(proved);
  return used ?? null;
}

/** What a token stands for, without using it: for what must be known before the work of a password hash. */
export async function findEmailToken(
  ctx: Pick<Ctx, "db" | "now">,
  purpose: EmailPurpose,
  token: string,
): Promise<ProvedEmail | null> {
  const [found] = await ctx.db
    .select(proved)
    .from(email_tokens)
    .where(await standing(ctx, purpose, token));
  return found ?? null;
}
