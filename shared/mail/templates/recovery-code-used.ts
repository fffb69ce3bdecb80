import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenWhereAndWith } from "../plain-words.ts";

/** `recovery_code_used`; `left`: how many can still be used. */
export function recoveryCodeUsedMail(data: Happening & { left: number }): MailContent {
  const left =
    data.left === 0
      ? "None is left: make new ones now."
      : `${data.left} ${data.left === 1 ? "is" : "are"} left; you can make new ones at any time.`;
  return composeMail({
    subject: "A recovery code opened your XSEMA account",
    name: data.name,
    says: [
      `A recovery code was used in place of your authenticator app. ${left}`,
      whenWhereAndWith(data),
      IF_NOT_YOU,
    ],
  });
}
