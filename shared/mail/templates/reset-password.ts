import { composeMail, type MailContent } from "../compose-mail.ts";
import { linkWorks } from "../plain-words.ts";

/** `reset_password`: to who forgot it. */
export function resetPasswordMail(data: { name: string | null; link: string; ttl_ms?: number }): MailContent {
  return composeMail({
    subject: "Set a new password for XSEMA",
    name: data.name,
    says: ["Somebody asked for a new password for your XSEMA account."],
    action: { label: "Set a new password", link: data.link },
    after: [
      linkWorks(data.ttl_ms),
      "If you did not ask for this, you need do nothing: the password stays as it is.",
    ],
  });
}
