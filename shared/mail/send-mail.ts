import { and, eq, isNotNull, isNull, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { readAccess } from "../auth/permissions/read-access.ts";
import type { Permission } from "../contracts/access.ts";
import { mails } from "../db/schema/index.ts";
import { cutText } from "../domain/cut-text.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { mailPurpose } from "./enqueue-mail.ts";
import { MailNotTaken } from "./mail-driver.ts";
import { retryDelay } from "./retry-delay.ts";

/** Longer than a driver takes at the most; a worker that dies in between leaves the mail to the next tick. */
const LEASE_MS = 120_000;

const Content = z.object({ to: z.string(), subject: z.string(), text: z.string(), html: z.string() });

type SendCtx = Pick<Ctx, "db" | "now" | "seal" | "mail" | "config" | "log">;

interface Claim {
  id: string;
  kind: string;
  user_id: string | null;
  needs: Permission | null;
  content: string;
  /** With this one. */
  attempts: number;
}

/** Takes the mail for itself, if it is due: of many who try at once, one gets it. */
async function claim({ db, now }: SendCtx, id: string): Promise<Claim | null> {
  const [row] = await db
    .update(mails)
    .set({ attempts: sql`${mails.attempts} + 1`, next_attempt_at: isoTime(now() + LEASE_MS) })
    .where(
      and(
        eq(mails.id, id),
        isNull(mails.sent_at),
        isNull(mails.failed_at),
        isNotNull(mails.content),
        lte(mails.next_attempt_at, isoTime(now())),
      ),
    )
    .returning({
      kind: mails.kind,
      user_id: mails.user_id,
      needs: mails.needs,
      content: mails.content,
      attempts: mails.attempts,
    });
  return row === undefined || row.content === null ? null : { id, ...row, content: row.content };
}

async function giveUp({ db, now }: SendCtx, { id }: Claim, reason: string): Promise<void> {
  await db
    .update(mails)
    .set({ failed_at: isoTime(now()), content: null, last_error: reason })
    .where(and(eq(mails.id, id), isNull(mails.sent_at)));
}

/** Why a mail that is for somebody who may read it is not for them now; `null`: it goes. */
async function whyWithheld({ db }: SendCtx, { user_id, needs }: Claim): Promise<string | null> {
  if (user_id === null) return null;
  const access = await readAccess(db, user_id);
  if (access?.status !== "active") return `its reader's account is ${access?.status ?? "gone"}`;
  return needs === null || access.permissions.includes(needs) ? null : `its reader does not hold ${needs}`;
}

async function settleFailure(ctx: SendCtx, mail: Claim, error: unknown): Promise<void> {
  const notTaken = error instanceof MailNotTaken ? error : null;
  const reason = cutText(notTaken?.message ?? describeError(error), 300);
  const delay = notTaken?.final ? null : retryDelay(mail.attempts, notTaken?.retry_after_ms ?? 0);
  const facts = { mail_id: mail.id, kind: mail.kind, attempts: mail.attempts, error: reason };
  if (delay === null) {
    await giveUp(ctx, mail, reason);
    ctx.log.error("a mail was not sent", facts);
    return;
  }
  await ctx.db
    .update(mails)
    .set({ next_attempt_at: isoTime(ctx.now() + delay), last_error: reason })
    // Not where the lease ran out and somebody else has it.
    .where(and(eq(mails.id, mail.id), eq(mails.attempts, mail.attempts), isNull(mails.sent_at)));
  ctx.log.warn("a mail waits for another try", { ...facts, retry_in_ms: delay });
}

/**
 * Sends one mail of the outbox, if it is due and nobody else is at it. What fails is tried again by a later tick,
 * eight times over almost eight hours. Afterwards its content is gone, sent or not.
 */
export async function sendMail(ctx: SendCtx, id: string): Promise<void> {
  const mail = await claim(ctx, id);
  if (mail === null) return;
  if (ctx.mail === null) {
    await giveUp(ctx, mail, "no MAIL_DRIVER");
    ctx.log.info("a mail was dropped: there is no MAIL_DRIVER", { mail_id: id, kind: mail.kind });
    return;
  }
  const withheld = await whyWithheld(ctx, mail);
  if (withheld !== null) {
    await giveUp(ctx, mail, withheld);
    ctx.log.info("a mail was dropped: its reader may not read it any more", { mail_id: id, why: withheld });
    return;
  }
  try {
    const content = Content.parse(JSON.parse(await ctx.seal.open(mailPurpose(id), mail.content)));
    await ctx.mail.send({ id, from: ctx.config.MAIL_FROM, ...content });
  } catch (error) {
    await settleFailure(ctx, mail, error);
    return;
  }
  await ctx.db
    .update(mails)
    .set({ sent_at: isoTime(ctx.now()), content: null, failed_at: null, last_error: null })
    .where(eq(mails.id, id));
  ctx.log.info("a mail was sent", { mail_id: id, kind: mail.kind, attempts: mail.attempts });
}
