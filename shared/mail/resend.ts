import { z } from "zod";
import { withDeadline } from "../platform/deadline.ts";
import { type MailDriver, MailNotTaken } from "./mail-driver.ts";

const TIMEOUT_MS = 20_000;
/** What is wrong with the mail itself. A wrong key or an unknown sender is the operator's, who can mend it. */
const FINAL = new Set([400, 413, 422]);

const Refusal = z.object({ name: z.string().regex(/^[a-z0-9_]{1,60}$/) });

function secondsOf(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : 0;
}

async function readName(answer: Response): Promise<string> {
  try {
    return Refusal.parse(await answer.json()).name;
  } catch {
    return "without a name";
  }
}

/**
 * Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email). The mail's id is the
 * `Idempotency-Key`, by which Resend sends it once, however often it is asked within 24 hours.
 */
export function createResendDriver({
  url,
  key,
  fetch,
}: {
  url: string;
  key: string;
  fetch: typeof globalThis.fetch;
}): MailDriver {
  return {
    send: ({ id, from, to, subject, text, html }) =>
      withDeadline(TIMEOUT_MS, async (signal) => {
        const answer = await fetch(`${url}/emails`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${key}`,
            "content-type": "application/json",
            "idempotency-key": id,
            // Resend refuses requests without one.
            "user-agent": "xsema",
          },
          body: JSON.stringify({ from, to: [to], subject, text, html }),
          signal,
        });
        if (answer.ok) {
          await answer.body?.cancel();
          return;
        }
        throw new MailNotTaken(`Resend answered ${answer.status} ${await readName(answer)}`, {
          final: FINAL.has(answer.status),
          retry_after_ms: secondsOf(answer.headers.get("retry-after")) * 1000,
        });
      }),
  };
}
