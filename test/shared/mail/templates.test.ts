import { describe, expect, test } from "vitest";
import { accountExistsMail } from "../../../shared/mail/templates/account-exists.ts";
import { apiKeyCreatedMail } from "../../../shared/mail/templates/api-key-created.ts";
import { changeEmailMail } from "../../../shared/mail/templates/change-email.ts";
import { emailChangeAskedMail } from "../../../shared/mail/templates/email-change-asked.ts";
import { emailChangedMail } from "../../../shared/mail/templates/email-changed.ts";
import { failedLoginsMail } from "../../../shared/mail/templates/failed-logins.ts";
import { inviteMail } from "../../../shared/mail/templates/invite.ts";
import { mfaDisabledMail } from "../../../shared/mail/templates/mfa-disabled.ts";
import { mfaEnabledMail } from "../../../shared/mail/templates/mfa-enabled.ts";
import { newDeviceMail } from "../../../shared/mail/templates/new-device.ts";
import { passwordChangedMail } from "../../../shared/mail/templates/password-changed.ts";
import { recoveryCodeUsedMail } from "../../../shared/mail/templates/recovery-code-used.ts";
import { refreshReusedMail } from "../../../shared/mail/templates/refresh-reused.ts";
import { resetPasswordMail } from "../../../shared/mail/templates/reset-password.ts";
import { verifyEmailMail } from "../../../shared/mail/templates/verify-email.ts";

const link = "https://xsema.example/verify-email?token=abc_DEF-123";
const happening = {
  name: "Ann",
  at: Date.parse("2026-01-01T12:34:56Z"),
  client: { ip: "192.0.2.1", user_agent: "Firefox/140" },
};

const MAILS = {
  verify_email: verifyEmailMail({ name: "Ann", link }),
  account_exists: accountExistsMail({ name: "Ann", link }),
  reset_password: resetPasswordMail({ name: "Ann", link }),
  password_changed: passwordChangedMail(happening),
  new_device: newDeviceMail(happening),
  failed_logins: failedLoginsMail({ ...happening, failures: 7 }),
  refresh_reused: refreshReusedMail(happening),
  mfa_enabled: mfaEnabledMail(happening),
  mfa_disabled: mfaDisabledMail(happening),
  "mfa_disabled by an administrator": mfaDisabledMail({ ...happening, by_admin: true }),
  recovery_code_used: recoveryCodeUsedMail({ ...happening, left: 3 }),
  invite: inviteMail({ name: "Ann", link, invited_by: "boss@xsema.example" }),
  change_email: changeEmailMail({ name: "Ann", link }),
  email_change_asked: emailChangeAskedMail({ ...happening, link }),
  email_changed: emailChangedMail(happening),
  api_key_created: apiKeyCreatedMail({ ...happening, prefix: "xs_live_ab12" }),
};

/** What a reader sees of HTML. */
const wordsOf = (html: string) =>
  html
    .replace(/[\s\S]*<body[^>]*>/, "")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&amp;", "&")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");

describe.each(Object.entries(MAILS))("the mail %s", (_kind, mail) => {
  test("says the same in text and in HTML, and greets by name", () => {
    expect(mail.text.startsWith("Hello Ann,\n\n")).toBe(true);
    const words = wordsOf(mail.html);
    for (const paragraph of mail.text.trim().split("\n\n"))
      for (const line of paragraph.split("\n")) expect(words).toContain(line.replace(/:$/, ""));
  });

  test("loads nothing from elsewhere and has a subject of one line", () => {
    expect(mail.html).not.toMatch(/<(?:img|script|link|iframe|style)\b|\ssrc=|url\(/i);
    expect(mail.subject).toMatch(/^[\x20-\x7e]{10,78}$/);
  });
});

test("a button's link stands in the text and in the HTML", () => {
  expect(MAILS.verify_email.text).toContain(link);
  expect(MAILS.verify_email.html).toContain(`href="${link}"`);
});

test("what an administrator did is told without their address", () => {
  const { text } = MAILS["mfa_disabled by an administrator"];
  expect(text).toContain("This was at 2026-01-01 12:34 UTC.");
  expect(text).not.toContain("192.0.2.1");
});

test("what happened is told with its minute, address and program", () => {
  expect(MAILS.new_device.text).toContain("at 2026-01-01 12:34 UTC, from the address 192.0.2.1.");
  expect(MAILS.new_device.text).toContain("calls itself: Firefox/140");
});

test.each([
  "<b>Ann</b>",
  "Visit https://evil.example now",
  "Win at evil.example",
  "Call 0800 123456",
  "x".repeat(61),
  "Ann\nBcc: all@example.com",
])("the name %j does not get into a mail, since anybody can register anybody's address", (name) => {
  const mail = verifyEmailMail({ name, link });
  expect(mail.text.startsWith("Hello,\n")).toBe(true);
  expect(mail.html).not.toContain(name);
});

test.each(["Ann", "Jean-Luc O'Neill", "J. R. Smith", "Łukasz Żółć", "李小龙"])(
  "%s is greeted by name",
  (name) => {
    expect(verifyEmailMail({ name, link }).text.startsWith(`Hello ${name},\n`)).toBe(true);
  },
);

test("an agent cannot bring a link into a mail, and markup in it stays text", () => {
  const client = {
    ip: "192.0.2.1",
    user_agent: "<i>Bot</i> (+https://evil.example) www.evil.example x@evil.example",
  };
  const mail = newDeviceMail({ ...happening, client });
  expect(mail.text + mail.html).not.toContain("evil");
  expect(mail.html).toContain("&lt;i&gt;Bot&lt;/i&gt;");
});

test("a link never promises to work for longer than it does", () => {
  const after = (ttl_ms: number) =>
    /for (.+)\./.exec(verifyEmailMail({ name: null, link, ttl_ms }).text.split(link)[1] ?? "")?.[1];
  expect([after(86_400_000), after(3_600_000), after(72 * 3_600_000 - 1), after(90_000)]).toEqual([
    "24 hours",
    "60 minutes",
    "2 days",
    "1 minute",
  ]);
});
