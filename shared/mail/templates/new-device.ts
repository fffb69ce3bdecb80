import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenWhereAndWith } from "../plain-words.ts";

/** `new_device`: a log-in from a device that the account has not been used on. */
export function newDeviceMail(data: Happening): MailContent {
  return composeMail({
    subject: "A new device logged in to your XSEMA account",
    name: data.name,
    says: [
      "A device that we have not seen before logged in to your XSEMA account.",
      whenWhereAndWith(data),
      IF_NOT_YOU,
    ],
  });
}
