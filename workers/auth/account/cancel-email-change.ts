import { and, eq, gt, isNull } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { email_tokens, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { linkIsVoid } from "./link-is-void.ts";

/** Whom a link to the old address is of. A used one too: whoever presses twice must read that the change is stopped. */
async function findLink(tx: Tx, ctx: Pick<Ctx, "now">, token: string) {
  const [link] = await tx
    .select({ user_id: email_tokens.user_id, email: email_tokens.email })
    .from(email_tokens)
    .where(
      and(
        eq(email_tokens.token_hash, await sha256Hex(token)),
        eq(email_tokens.purpose, "cancel_email"),
        gt(email_tokens.expires_at, isoTime(ctx.now())),
      ),
    );
  return link;
}

/** Whether a change is open: not where it was stopped before, or where the new address belongs to another account. */
async function isOpen(tx: Tx, user_id: string): Promise<boolean> {
  const [open] = await tx
    .select({ token_hash: email_tokens.token_hash })
    .from(email_tokens)
    .where(
      and(
        eq(email_tokens.user_id, user_id),
        eq(email_tokens.purpose, "change_email"),
        isNull(email_tokens.used_at),
      ),
    )
    .limit(1);
  return open !== undefined;
}

/**
 * Stops a change of address by the link in the mail to the address that the account still has. Sessions and the password
 * stay: the mail says how to change those, since a link that leaks must do no harm.
 * @throws `invalid_request` for a token that is not good, `conflict` where the change was confirmed before.
 */
export async function cancelEmailChange(ctx: Ctx, token: string): Promise<void> {
  await ctx.transact(async (tx) => {
    const link = await findLink(tx, ctx, token);
    if (link === undefined) throw linkIsVoid();
    const [user] = await tx.select().from(users).where(eq(users.id, link.user_id)).for("update");
    if (user === undefined) throw linkIsVoid();
    if (user.email_key !== emailKey(link.email))
      throw new AppError(
        "conflict",
        "The new address was confirmed before, and the account belongs to it now. Tell an administrator of this deployment at once.",
      );
    if (!(await isOpen(tx, user.id))) return;
    await voidEmailTokens(tx, ctx, user.id, ["change_email", "cancel_email"]);
    await recordAudit(tx, ctx, {
      action: "user.email_change_cancelled",
      target: { type: "user", id: user.id },
      actor: { type: "user", id: user.id },
    });
  });
}
