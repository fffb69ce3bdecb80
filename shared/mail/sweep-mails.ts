import { and, asc, isNotNull, isNull, lt, lte, or } from "drizzle-orm";
import { mails } from "../db/schema/index.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { sendMailSoon } from "./send-mail-soon.ts";

/** So many are queued by one tick. */
const MAX_QUEUED = 100;
/** That a mail was sent or failed is kept for so long. */
const KEPT_MS = 30 * 86_400_000;

/** Queues what is due in the outbox: failed tries, and what `sendMailSoon` missed. Forgets what is long done. */
export async function sweepMails(
  ctx: Pick<Ctx, "db" | "now" | "queue" | "trace" | "later" | "log">,
): Promise<void> {
  const due = await ctx.db
    .select({ id: mails.id })
    .from(mails)
    .where(
      and(isNull(mails.sent_at), isNull(mails.failed_at), lte(mails.next_attempt_at, isoTime(ctx.now()))),
    )
    .orderBy(asc(mails.next_attempt_at))
    .limit(MAX_QUEUED);
  sendMailSoon(ctx, ...due.map(({ id }) => id));
  // Ids sort by the time they were made.
  const oldest = newId("mal", ctx.now() - KEPT_MS);
  await ctx.db
    .delete(mails)
    .where(and(lt(mails.id, oldest), or(isNotNull(mails.sent_at), isNotNull(mails.failed_at))));
}
