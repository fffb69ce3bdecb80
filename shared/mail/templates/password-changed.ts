import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenAndWhere } from "../plain-words.ts";

/** `password_changed`: changed or reset. */
export function passwordChangedMail(data: Happening): MailContent {
  return composeMail({
    subject: "Your XSEMA password was changed",
    name: data.name,
    says: ["The password of your XSEMA account was changed.", whenAndWhere(data), IF_NOT_YOU],
  });
}
