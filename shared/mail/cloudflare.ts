import { withDeadline } from "../platform/deadline.ts";
import { type MailDriver, MailNotTaken } from "./mail-driver.ts";

const TIMEOUT_MS = 20_000;
/** Codes that tell of this mail, which the same mail would meet again. */
const FINAL =
  /^E_(?:VALIDATION_ERROR|FIELD_MISSING|TOO_MANY_\w+|CONTENT_TOO_LARGE|RECIPIENT_(?:NOT_ALLOWED|SUPPRESSED)|HEADERS?_\w+)$/;

/** The binding that `wrangler.toml` names `SEND_EMAIL`. */
export interface SendEmailBinding {
  send(message: unknown): Promise<unknown>;
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code) ? code : "an error without a code";
}

/** `Name <address>` as the binding wants it. */
function senderOf(from: string): string | { name: string; email: string } {
  const [, name, email] = /^\s*"?([^"<>]*?)"?\s*<([^<>\s]+)>\s*$/.exec(from) ?? [];
  if (email === undefined) return from.trim();
  return name ? { name, email } : email;
}

/**
 * Cloudflare Email Service through its binding
 * (https://developers.cloudflare.com/email-service/api/send-emails/workers-api/). It knows no idempotency key: a
 * mail of which nobody heard whether it was taken is sent again, so it may come twice.
 */
export function createCloudflareDriver(binding: SendEmailBinding | undefined): MailDriver {
  return {
    async send({ from, to, subject, text, html }) {
      if (binding === undefined)
        throw new MailNotTaken("wrangler.toml does not bind SEND_EMAIL", { final: false });
      try {
        await withDeadline(TIMEOUT_MS, () => binding.send({ from: senderOf(from), to, subject, text, html }));
      } catch (cause) {
        const code = codeOf(cause);
        throw new MailNotTaken(`Cloudflare answered ${code}`, { final: FINAL.test(code), cause });
      }
    },
  };
}
