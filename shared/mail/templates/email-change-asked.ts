import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, linkWorks, whenAndWhere } from "../plain-words.ts";

/** `email_change_asked`: to the address that an account has, when it is to have another. */
export function emailChangeAskedMail(data: Happening & { link: string; ttl_ms?: number }): MailContent {
  return composeMail({
    subject: "Your XSEMA account is to have another address",
    name: data.name,
    says: [
      "Somebody, hopefully you, asked for another address for your XSEMA account. It changes once a link in a mail to the new address is used. If this was you, you need do nothing here.",
      whenAndWhere(data),
      "If this was not you, stop it now. Whoever asked knows your password and is signed in:",
    ],
    action: { label: "Stop the change", link: data.link },
    after: [
      "Then set a new password (“forgot password” on the sign-in page): this ends every session. Check your second factor and your API keys afterwards.",
      linkWorks(data.ttl_ms),
    ],
  });
}
