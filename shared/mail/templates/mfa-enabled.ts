import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenAndWhere } from "../plain-words.ts";

/** `mfa_enabled` */
export function mfaEnabledMail(data: Happening): MailContent {
  return composeMail({
    subject: "Two-factor log-in is on for your XSEMA account",
    name: data.name,
    says: [
      "From now on a log-in to your XSEMA account asks for a code of your authenticator app. Keep the recovery codes where you find them without your phone.",
      whenAndWhere(data),
      IF_NOT_YOU,
    ],
  });
}
