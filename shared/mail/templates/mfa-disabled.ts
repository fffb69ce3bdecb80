import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenAndWhere } from "../plain-words.ts";

/** `mfa_disabled` */
export function mfaDisabledMail(data: Happening): MailContent {
  return composeMail({
    subject: "Two-factor log-in is off for your XSEMA account",
    name: data.name,
    says: [
      "From now on the password alone opens your XSEMA account. The recovery codes are gone too.",
      whenAndWhere(data),
      IF_NOT_YOU,
    ],
  });
}
