import { html } from "hono/html";
import { AppError } from "../platform/errors.ts";
import { greeting } from "./plain-words.ts";

/** A mail's words, without whom it goes to. */
export interface MailContent {
  subject: string;
  text: string;
  html: string;
}

interface Words {
  subject: string;
  /** Of the reader; left out where it could be taken for something else. */
  name: string | null;
  /** Paragraphs in plain words, which may have lines. */
  says: string[];
  action?: { label: string; link: string };
  /** Paragraphs below the button. */
  after?: string[];
}

const FONT =
  "margin: 0; padding: 24px; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const BUTTON =
  "display: inline-block; padding: 12px 20px; border-radius: 6px; background: #1f4fd8; color: #ffffff; text-decoration: none";
const SMALL = "margin: 0 0 16px; font-size: 13px; color: #555555; word-break: break-all";

const withBreaks = (words: string) =>
  words.split("\n").map((line, place) => (place === 0 ? line : html`<br>\n${line}`));
const paragraphs = (words: string[]) =>
  words.map((text) => html`<p style="margin: 0 0 16px">${withBreaks(text)}</p>\n`);

/** Text and HTML of the same words; the HTML escapes all of them, loads nothing, and needs no style sheet. */
export function composeMail({ subject, name, says, action, after = [] }: Words): MailContent {
  const hello = greeting(name);
  const button =
    action === undefined
      ? ""
      : html`<p style="margin: 24px 0"><a href="${action.link}" style="${BUTTON}">${action.label}</a></p>
<p style="${SMALL}">${action.link}</p>
`;
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head>
<body style="${FONT}">
<div style="max-width: 560px; margin: 0 auto">
${paragraphs([hello, ...says])}${button}${paragraphs([...after, "XSEMA"])}</div>
</body>
</html>
`;
  // Markup is ready at once unless something in it must be waited for, which no mail has.
  if (page instanceof Promise) throw new AppError("internal", "A mail has a part that is not text.");
  const link = action === undefined ? [] : [`${action.label}:\n${action.link}`];
  const text = `${[hello, ...says, ...link, ...after, "XSEMA"].join("\n\n")}\n`;
  return { subject, text, html: page.toString() };
}
