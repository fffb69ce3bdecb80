import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { traceparent } from "../platform/trace.ts";

/** Puts committed mails on the queue after the answer. One that is lost here is found by the next tick. */
export function sendMailSoon(ctx: Pick<Ctx, "queue" | "trace" | "later" | "log">, ...ids: string[]): void {
  for (const mail_id of ids)
    ctx.later(
      ctx.queue
        .send({ job: { type: "send_mail", mail_id }, traceparent: traceparent(ctx.trace) })
        .catch((error: unknown) =>
          ctx.log.warn("a mail waits for the next tick", { mail_id, error: describeError(error) }),
        ),
    );
}
