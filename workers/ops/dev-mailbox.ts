import { z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { html } from "hono/html";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { AppError } from "../../shared/platform/errors.ts";
import type { AppEnv } from "../../shared/platform/http/app.ts";
import { query } from "../../shared/platform/http/query.ts";
import { fieldErrors } from "../../shared/platform/zod-errors.ts";

const TIMEOUT_MS = 5000;
/** Names that lead to this machine only: a foreign name that resolves to it must not open the mailbox to a page. */
const LOCAL_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);
const CSP =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const Query = query({
  to: z.string().max(320).optional(),
  limit: z.coerce
    .number({ error: "must be a number" })
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(200, "must be at most 200")
    .default(50),
});

const Mails = z.object({
  data: z.array(
    z.object({
      to: z.string(),
      subject: z.string(),
      text: z.string(),
      html: z.string(),
      sent_at: z.string(),
    }),
  ),
});
type Mails = z.infer<typeof Mails>;

async function readMails(
  { fetch, config }: Pick<Ctx, "fetch" | "config">,
  box: string,
  { to, limit }: z.infer<typeof Query>,
): Promise<Mails> {
  const url = new URL("/emails", box);
  url.searchParams.set("limit", String(limit));
  if (to !== undefined) url.searchParams.set("to", to);
  const headers = { authorization: `Bearer ${config.RESEND_API_KEY ?? ""}` };
  try {
    return await withDeadline(TIMEOUT_MS, async (signal) =>
      Mails.parse(await (await fetch(url.href, { headers, signal })).json()),
    );
  } catch (cause) {
    throw new AppError("unavailable", "The local mailbox does not answer.", { cause });
  }
}

/** The text of a mail with its links to click; everything else stays text. */
function withLinks(text: string) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : part));
}

function mailboxPage({ data }: Mails) {
  const mails = data.map(
    (mail) => html`<article>
      <h2>${mail.subject}</h2>
      <p>To ${mail.to}, ${mail.sent_at}</p>
      <pre>${withLinks(mail.text)}</pre>
      <details><summary>As HTML</summary><iframe sandbox="" srcdoc="${mail.html}" title="${mail.subject}"></iframe></details>
    </article>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Mailbox</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 760px; margin: 24px auto; padding: 0 16px }
          article { border-top: 1px solid #888; padding: 8px 0 }
          pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
          iframe { width: 100%; height: 420px; border: 1px solid #888; background: #fff }
        </style>
      </head>
      <body>
        <h1>Mailbox</h1>
        <p>Mails that this local platform sent, newest first. Nothing left this machine.</p>
        ${mails.length === 0 ? html`<p>There is none.</p>` : mails}
      </body>
    </html>`;
}

/**
 * `GET /dev/mailbox?to=&limit=`: what the local platform sent, as JSON, or as a page for browsers. Anywhere else
 * it lets every request pass, so that the path answers as any other that leads nowhere. It is middleware, since
 * a route would stand in the table of methods that a path allows.
 */
export const devMailbox: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { config, fetch } = c.get("ctx");
  const { ENVIRONMENT, DEV_MAILBOX_URL } = config;
  const here = LOCAL_HOSTS.has(new URL(c.req.url).hostname);
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (ENVIRONMENT !== "local" || DEV_MAILBOX_URL === undefined || !here || !reads) return next();
  const wanted = Query.safeParse(c.req.query());
  if (!wanted.success) {
    const details = fieldErrors(wanted.error).map((entry) => ({
      ...entry,
      pointer: `?${entry.pointer.slice(1)}`,
    }));
    throw new AppError("invalid_request", details[0]?.message ?? "The query is not valid.", { details });
  }
  const mails = await readMails({ config, fetch }, DEV_MAILBOX_URL, wanted.data);
  c.header("cache-control", "no-store");
  if (!c.req.header("accept")?.includes("text/html")) return c.json(mails);
  c.header("content-security-policy", CSP);
  c.header("referrer-policy", "no-referrer");
  return c.html(mailboxPage(mails));
};
