import { composeMail, type MailContent } from "../compose-mail.ts";
import { linkWorks } from "../plain-words.ts";

/** `invite`: to somebody for whom an account was made. */
export function inviteMail(data: {
  name: string | null;
  link: string;
  /** The address of who invites. */
  invited_by: string;
  ttl_ms?: number;
}): MailContent {
  return composeMail({
    subject: "You are invited to XSEMA",
    name: data.name,
    says: [`${data.invited_by} made an XSEMA account for you. Choose a password to begin.`],
    action: { label: "Choose a password", link: data.link },
    after: [linkWorks(data.ttl_ms), "If you do not expect this, you need do nothing."],
  });
}
