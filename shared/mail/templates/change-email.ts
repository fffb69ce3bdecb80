import { composeMail, type MailContent } from "../compose-mail.ts";
import { linkWorks, NOTHING_TO_DO } from "../plain-words.ts";

/** `change_email`: to the new address, before it counts. */
export function changeEmailMail(data: { name: string | null; link: string; ttl_ms?: number }): MailContent {
  return composeMail({
    subject: "Confirm your new address for XSEMA",
    name: data.name,
    says: ["Somebody, hopefully you, wants to use this address for an XSEMA account."],
    action: { label: "Confirm the new address", link: data.link },
    after: [linkWorks(data.ttl_ms), `${NOTHING_TO_DO} Without this step the old address stays.`],
  });
}
