import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, whenAndWhere } from "../plain-words.ts";

/** `failed_logins`: so many log-ins failed that new devices must wait; `at` is the last one. */
export function failedLoginsMail(data: Happening & { failures: number }): MailContent {
  return composeMail({
    subject: "Failed log-ins to your XSEMA account",
    name: data.name,
    says: [
      `${data.failures} log-ins to your XSEMA account failed one after the other.`,
      `The last one: ${whenAndWhere(data)}`,
      "New devices must wait for a while before they can try again. The devices that you have used before are not held up.",
      "If this was not you, the password held. If you use it elsewhere too, change it.",
    ],
  });
}
