import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, IF_NOT_YOU, whenAndWhere, whenWhereAndWith } from "../plain-words.ts";

/**
 * `failed_logins`: so many log-ins failed that new devices must wait, or, where `succeeded`, then came one with the
 * right password; `at` is the last one.
 */
export function failedLoginsMail(data: Happening & { failures: number; succeeded?: boolean }): MailContent {
  if (data.succeeded)
    return composeMail({
      subject: "A log-in to your XSEMA account after many failed ones",
      name: data.name,
      says: [
        `${data.failures} log-ins to your XSEMA account failed one after the other; then one had the right password.`,
        whenWhereAndWith(data),
        IF_NOT_YOU,
      ],
    });
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
