import { eq } from "drizzle-orm";
import { users } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { enqueueMail } from "../../mail/enqueue-mail.ts";
import { mfaDisabledMail } from "../../mail/templates/mfa-disabled.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { removeRecoveryCodes } from "./recovery-codes.ts";

/**
 * Takes the second factor from an account that is locked, with its recovery codes, and writes its owner a mail.
 * Sessions, `bumpAccess` and the audit row are the caller's.
 * @param by_admin somebody else did it, whose address the mail does not tell.
 * @returns the mail, for `sendMailSoon` after the commit.
 */
export async function removeFactor(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal" | "client">,
  user: { id: string; email: string; name: string | null },
  { by_admin = false }: { by_admin?: boolean } = {},
): Promise<string> {
  await tx
    .update(users)
    .set({ mfa_secret: null, mfa_enabled_at: null, mfa_last_step: null })
    .where(eq(users.id, user.id));
  await removeRecoveryCodes(tx, user.id);
  const content = mfaDisabledMail({ name: user.name, at: ctx.now(), client: ctx.client, by_admin });
  return enqueueMail(tx, ctx, "mfa_disabled", { to: user.email, ...content });
}
