import { composeMail, type MailContent } from "../compose-mail.ts";

/** `account_exists`: in place of `verify_email` where the address has an account already. */
export function accountExistsMail(data: {
  name: string | null;
  /** The page for who forgot the password; carries no token. */
  link: string;
}): MailContent {
  return composeMail({
    subject: "You have an XSEMA account already",
    name: data.name,
    says: [
      "Somebody tried to make an XSEMA account with this address, which has one already. Nothing was changed.",
      "If it was you, log in as usual, or set a new password if you forgot the old one.",
    ],
    action: { label: "Set a new password", link: data.link },
    after: ["If it was not you, you need do nothing."],
  });
}
