import { composeMail, type MailContent } from "../compose-mail.ts";
import { linkWorks, NOTHING_TO_DO } from "../plain-words.ts";

/** `verify_email`: to the address of a new account. */
export function verifyEmailMail(data: { name: string | null; link: string; ttl_ms?: number }): MailContent {
  return composeMail({
    subject: "Confirm your address for XSEMA",
    name: data.name,
    says: [
      "Somebody, hopefully you, made an XSEMA account with this address. Confirm that it is yours: the page asks for the password that was chosen with it.",
    ],
    action: { label: "Confirm the address", link: data.link },
    after: [linkWorks(data.ttl_ms), `${NOTHING_TO_DO} Without this step nobody can use the account.`],
  });
}
