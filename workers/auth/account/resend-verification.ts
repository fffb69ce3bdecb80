import { emailKey } from "../../../shared/auth/email-key.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { countRequest, onMailTurn } from "../mail-turn.ts";
import { writeToAccount } from "../write-to-account.ts";
import { writeVerifyMail } from "./write-verify-mail.ts";

/**
 * Writes the mail of the newest registration again, where there is one that waits for it. Nobody can tell from the
 * answer.
 */
export async function resendVerification(ctx: Ctx, email: string): Promise<void> {
  await countRequest(ctx, "mail");
  const email_key = emailKey(email);
  await onMailTurn(ctx, "verify", email_key, () =>
    writeToAccount(ctx, email_key, async (tx, user) => {
      const { status, password_hash, name } = user;
      if (status !== "pending" || password_hash === null) return null;
      return writeVerifyMail(tx, ctx, user, { password_hash, name });
    }),
  );
}
