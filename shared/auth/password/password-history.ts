import { and, desc, eq, lt } from "drizzle-orm";
import { password_history, users } from "../../db/schema/accounts.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { verifyPassword } from "./verify-password.ts";

/**
 * Keeps the hash of a password that has just been set, and of those before it as many as `PASSWORD_HISTORY` says;
 * the rest are removed, all of them where it is 0.
 */
export async function rememberPassword(
  tx: Tx,
  { config, now }: Pick<Ctx, "config" | "now">,
  { user_id, password_hash }: { user_id: string; password_hash: string },
): Promise<void> {
  const ofUser = eq(password_history.user_id, user_id);
  const kept = config.PASSWORD_HISTORY;
  if (kept === 0) {
    await tx.delete(password_history).where(ofUser);
    return;
  }
  await tx.insert(password_history).values({ user_id, password_hash, created_at: isoTime(now()) });
  const [oldest] = await tx
    .select({ created_at: password_history.created_at })
    .from(password_history)
    .where(ofUser)
    .orderBy(desc(password_history.created_at))
    .offset(kept - 1)
    .limit(1);
  if (oldest !== undefined)
    await tx.delete(password_history).where(and(ofUser, lt(password_history.created_at, oldest.created_at)));
}

/**
 * Whether a password is the present one or one of the last `PASSWORD_HISTORY`; never where that is 0. It makes as
 * many hashes, so it stands outside of transactions.
 */
export async function wasUsedBefore(
  { db, config }: Pick<Ctx, "db" | "config">,
  user_id: string,
  password: string,
): Promise<boolean> {
  const kept = config.PASSWORD_HISTORY;
  if (kept === 0) return false;
  const [present, past] = await Promise.all([
    db.select({ hash: users.password_hash }).from(users).where(eq(users.id, user_id)),
    db
      .select({ hash: password_history.password_hash })
      .from(password_history)
      .where(eq(password_history.user_id, user_id))
      .orderBy(desc(password_history.created_at))
      .limit(kept),
  ]);
  const hashes = new Set([...present, ...past].map(({ hash }) => hash).filter((hash) => hash !== null));
  for (const hash of hashes) if ((await verifyPassword(config, password, hash)).ok) return true;
  return false;
}
