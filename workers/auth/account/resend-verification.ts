import { emailKey } from "../../../shared/auth/email-key.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { afterAnswer } from "../after-answer.ts";
import { countRequest, mayMail } from "../mail-turn.ts";
import { sendVerifyMail } from "./send-verify-mail.ts";

/** Sends the mail of a registration again, where there is one that waits for it. Nobody can tell from the answer. */
export async function resendVerification(ctx: Ctx, email: string): Promise<void> {
  await countRequest(ctx, "mail");
  const email_key = emailKey(email);
  if (await mayMail(ctx, "verify", email_key))
    afterAnswer(ctx, "a verification mail", () => sendVerifyMail(ctx, email_key));
}
