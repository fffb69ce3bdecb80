import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, whenAndWhere } from "../plain-words.ts";

/** `email_changed`: to the address that was. */
export function emailChangedMail(data: Happening): MailContent {
  return composeMail({
    subject: "Your XSEMA account has another address now",
    name: data.name,
    says: [
      "Your XSEMA account was moved to another address; this one no longer belongs to it.",
      whenAndWhere(data),
      "If this was not you: tell an administrator of your deployment at once, since “forgot password” writes to the new address.",
    ],
  });
}
