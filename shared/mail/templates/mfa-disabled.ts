import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, when, whenAndWhere } from "../plain-words.ts";

const BY_ADMIN =
  "An administrator has taken it away, ended every session, and can neither see nor set your password. Log in and set up another.";

/** `mfa_disabled`; where an administrator did it, their address is not told. */
export function mfaDisabledMail(data: Happening & { by_admin?: boolean }): MailContent {
  return composeMail({
    subject: "Two-factor log-in is off for your XSEMA account",
    name: data.name,
    says: [
      "From now on the password alone opens your XSEMA account. The recovery codes are gone too.",
      ...(data.by_admin ? [BY_ADMIN, when(data)] : [whenAndWhere(data)]),
      data.by_admin
        ? "If you did not ask for this: tell your administrators, and reset your password with “forgot password”."
        : IF_NOT_YOU,
    ],
  });
}
