import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import {
  findEmailToken,
  type ProvedEmail,
  redeemEmailToken,
  voidEmailTokens,
} from "../../../shared/auth/email-tokens.ts";
import { verifyPassword } from "../../../shared/auth/password/verify-password.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { countRequest } from "../mail-turn.ts";
import { confirmEmailChange } from "./confirm-email-change.ts";
import { linkIsVoid } from "./link-is-void.ts";
import type { VerifiedAnswer, VerifyEmailRequest } from "./schema.ts";

function refuse(message: string): AppError {
  return new AppError("invalid_request", `The password ${message}.`, {
    details: [{ pointer: "/password", message }],
  });
}

/**
 * Makes sure that whoever reads the mail is who registered: anybody can register an address that is not theirs, and its
 * owner must not confirm a stranger's password by a press. Gives the hash that the password was checked against.
 */
async function requireOwnPassword(
  ctx: Ctx,
  registered: ProvedEmail,
  password: string | undefined,
): Promise<string> {
  if (password === undefined) throw refuse("that was chosen with this registration is needed");
  await countRequest(ctx, "register");
  const [user] = await ctx.db
    .select({ password_hash: users.password_hash })
    .from(users)
    .where(eq(users.id, registered.user_id));
  // Links from before there were passwords in them are those of the account's one registration.
  const hash = registered.password_hash ?? user?.password_hash ?? null;
  if (hash === null || !(await verifyPassword(ctx.config, password, hash)).ok)
    throw refuse(
      "is not that of the registration which this mail is of: use the link of another mail, or choose a new one with “forgot password”",
    );
  return hash;
}

/** Activates the account of a registration. `false` where the token is none of one. */
async function activate(ctx: Ctx, token: string, password: string | undefined): Promise<boolean> {
  const registered = await findEmailToken(ctx, "verify", token);
  if (registered === null) return false;
  const password_hash = await requireOwnPassword(ctx, registered, password);
  await ctx.transact(async (tx) => {
    const proved = await redeemEmailToken(tx, ctx, "verify", token);
    if (proved === null) throw linkIsVoid();
    const [user] = await tx.select().from(users).where(eq(users.id, proved.user_id)).for("update");
    if (user === undefined || user.status !== "pending" || user.email_key !== emailKey(proved.email))
      throw linkIsVoid();
    const at = isoTime(ctx.now());
    const name = proved.password_hash === null ? user.name : proved.name;
    await tx
      .update(users)
      .set({
        name,
        password_hash,
        password_changed_at: at,
        status: "active",
        email_verified_at: at,
        updated_at: at,
        revision: user.revision + 1,
      })
      .where(eq(users.id, user.id));
    // Other registrations of the address come to nothing.
    await voidEmailTokens(tx, ctx, user.id);
    await recordAudit(tx, ctx, {
      action: "user.email_verified",
      target: { type: "user", id: user.id },
      actor: { type: "user", id: user.id },
      before: { status: user.status },
      after: { status: "active" },
    });
  });
  await accessChanged(ctx, registered.user_id);
  return true;
}

/**
 * Uses the token of a mail that proves an address: of a new account, which is active then with the password of that
 * registration, or a new one of an account.
 * @throws `invalid_request` for a token that is not good, or without the password of the registration, which leaves the
 * token as it is; `conflict` where the new address belongs to somebody by now.
 */
export async function verifyEmail(ctx: Ctx, given: VerifyEmailRequest): Promise<VerifiedAnswer> {
  const { token, password } = given;
  if (await activate(ctx, token, password)) return { status: "verified" };
  if (await confirmEmailChange(ctx, token)) return { status: "email_changed" };
  throw linkIsVoid();
}
