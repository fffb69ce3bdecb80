import type { Plan, Role, UserStatus } from "../contracts/access.ts";
import { users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { AppError } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { emailKey } from "./email-key.ts";

export interface NewUser {
  /** As its owner wrote it. */
  email: string;
  name: string | null;
  role: Role;
  plan: Plan;
  status: UserStatus;
  /** PHC text; `null` until an invited user chooses a password. */
  password_hash: string | null;
  email_verified: boolean;
  /** The user who invited them. */
  invited_by?: string;
}

export type UserRow = typeof users.$inferSelect;

/**
 * Adds an account; the caller writes the audit row.
 * @throws `conflict` where the address has one. The transaction goes on, for callers that must not tell.
 */
export async function createUser(tx: Tx, ctx: Pick<Ctx, "now">, user: NewUser): Promise<UserRow> {
  const at = isoTime(ctx.now());
  const [row] = await tx
    .insert(users)
    .values({
      id: newId("usr", ctx.now()),
      email: user.email.trim(),
      email_key: emailKey(user.email),
      name: user.name,
      role: user.role,
      plan: user.plan,
      status: user.status,
      password_hash: user.password_hash,
      password_changed_at: user.password_hash === null ? null : at,
      email_verified_at: user.email_verified ? at : null,
      invited_by: user.invited_by ?? null,
      created_at: at,
      updated_at: at,
    })
    .onConflictDoNothing({ target: users.email_key })
    .returning();
  if (row === undefined) throw new AppError("conflict", "There is an account with this address already.");
  return row;
}
