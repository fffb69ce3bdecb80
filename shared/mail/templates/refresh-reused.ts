import { composeMail, type MailContent } from "../compose-mail.ts";
import { type Happening, whenWhereAndWith } from "../plain-words.ts";

/** `refresh_reused`: a refresh token came a second time, so the session was ended. */
export function refreshReusedMail(data: Happening): MailContent {
  return composeMail({
    subject: "An XSEMA session was ended to protect your account",
    name: data.name,
    says: [
      "A key that keeps you logged in was used twice, which happens when somebody has copied it. We have ended that session; log in again to go on.",
      whenWhereAndWith(data),
      "If you do not know why this could be: change your password, end all sessions, and look for unwanted programs on your devices.",
    ],
  });
}
