import { and, count, eq, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../../db/rows.ts";
import { recovery_codes } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { sha256Hex } from "../../platform/bytes.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";

const HOW_MANY = 10;
/** Crockford's base32, which has no letter that looks like a digit: 32 characters, so 5 bits each. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 24;
const GROUP = 4;

/** 120 random bits in groups of four, such as `7k2m-…`. */
function newCode(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  const text = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return text.match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? text;
}

/** The code as it was given out, however it is typed: `O` is 0, `I` and `L` are 1. */
function normalise(typed: string): string {
  return typed.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
}

/**
 * How a code is stored. A plain hash is enough, since 120 random bits cannot be tried through (ASVS 6.5.2 asks for a
 * password hash below 112 bits); the owner's id in it makes a stored hash worth nothing on another account.
 */
async function hashOf(user_id: string, code: string): Promise<string> {
  return sha256Hex(`recovery_code:${user_id}:${normalise(code)}`);
}

/** Ten new codes, to be shown once; the ones before are void. */
export async function replaceRecoveryCodes(tx: Tx, user_id: string): Promise<string[]> {
  const codes = Array.from({ length: HOW_MANY }, newCode);
  const rows = await Promise.all(
    codes.map(async (code) => ({ user_id, code_hash: await hashOf(user_id, code) })),
  );
  await removeRecoveryCodes(tx, user_id);
  await tx.insert(recovery_codes).values(rows);
  return codes;
}

/** Tells one set of codes from any other: each is made of new random codes. `null` where there is none. */
export async function recoveryCodeSet(db: Reader, user_id: string): Promise<string | null> {
  const [row] = await readRows(
    db,
    sql`select min(code_hash) as first from recovery_codes where user_id = ${user_id}`,
    z.object({ first: z.string().nullable() }),
  );
  return row?.first ?? null;
}

export async function removeRecoveryCodes(tx: Tx, user_id: string): Promise<void> {
  await tx.delete(recovery_codes).where(eq(recovery_codes.user_id, user_id));
}

/** Accepts a recovery code once: the statement that marks it used is the one that decides. */
export async function takeRecoveryCode(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  code: string,
): Promise<boolean> {
  if (normalise(code).length !== LENGTH) return false;
  const taken = await tx
    .update(recovery_codes)
    .set({ used_at: isoTime(ctx.now()) })
    .where(
      and(
        eq(recovery_codes.user_id, user_id),
        eq(recovery_codes.code_hash, await hashOf(user_id, code)),
        isNull(recovery_codes.used_at),
      ),
    )
    .returning({ code_hash: recovery_codes.code_hash });
  return taken.length === 1;
}

export async function countRecoveryCodes(tx: Tx, user_id: string): Promise<number> {
  const [row] = await tx
    .select({ left: count() })
    .from(recovery_codes)
    .where(and(eq(recovery_codes.user_id, user_id), isNull(recovery_codes.used_at)));
  return row?.left ?? 0;
}
