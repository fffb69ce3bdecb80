import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenAndWhere } from "../plain-words.ts";

/** `api_key_created`; `prefix`: the first characters of the key, which are shown in lists too. */
export function apiKeyCreatedMail(data: Happening & { prefix: string }): MailContent {
  return composeMail({
    subject: "A new API key for your XSEMA account",
    name: data.name,
    says: [
      `An API key that begins with ${data.prefix} was made for your XSEMA account. Programs can use it in your name, within its scopes.`,
      whenAndWhere(data),
      IF_NOT_YOU,
    ],
  });
}
