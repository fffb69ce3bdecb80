import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { ACCOUNT_LIMITS } from "../../../shared/auth/login/limits.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { failedLoginsMail } from "../../../shared/mail/templates/failed-logins.ts";
import { deliverNotifications } from "../../../shared/notifications/deliver-soon.ts";
import { notify } from "../../../shared/notifications/notify.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";
import { pretendMail, standIn } from "../write-to-account.ts";
import type { LoginAttempt } from "./begin-attempt.ts";
import { tallyFailure } from "./tally-failure.ts";

/** The mail to the owner of an account about failed log-ins; as many statements where nobody is to be told. */
async function writeToOwner(
  tx: Tx,
  ctx: Ctx,
  user_id: string | null,
  about: { failures: number; succeeded: boolean },
): Promise<string[]> {
  const [user] = await tx
    .select()
    .from(users)
    .where(eq(users.id, user_id ?? ""));
  if (user === undefined || user.status !== "active") {
    await pretendMail(tx, ctx);
    return [];
  }
  await standIn(tx, 1);
  const content = failedLoginsMail({ name: user.name, at: ctx.now(), client: ctx.client, ...about });
  return [await enqueueMail(tx, ctx, "failed_logins", { to: user.email, ...content })];
}

/**
 * Writes down that a log-in failed, and that it was the one after which there is a wait, of which its owner is told
 * (ASVS 6.3.5). An address without an account leaves the same rows, without a target. Of very many within an hour, one
 * row stands for several.
 */
export async function recordFailure(
  ctx: Ctx,
  of: { email_key: string; user_id: string | null },
  attempt: LoginAttempt,
): Promise<void> {
  const { user_id } = of;
  const target = { type: "user", id: user_id };
  const { failures, last_free } = await attempt.fail();
  const action = "user.login_failed";
  const tally = await tallyFailure(ctx, action, of);
  if (tally === null && !last_free) return;
  const mails = await ctx.transact(async (tx) => {
    const written = last_free ? await writeToOwner(tx, ctx, user_id, { failures, succeeded: false }) : [];
    if (tally !== null) await recordAudit(tx, ctx, { action, target, after: { failures, ...tally } });
    if (last_free) await recordAudit(tx, ctx, { action: "user.locked_out", target, after: { failures } });
    return written;
  });
  sendMailSoon(ctx, ...mails);
  if (mails.length > 0 && user_id !== null) ctx.later(notifyOwner(ctx, user_id, failures));
}

/** After the answer, so that how long it takes does not tell whether there is an account. Never throws. */
async function notifyOwner(ctx: Ctx, user_id: string, failures: number): Promise<void> {
  try {
    const id = await ctx.transact((tx) =>
      notify(tx, ctx, {
        user_id,
        ...{ kind: "account.failed_logins", level: "warning", title: "Many log-ins to your account failed" },
        body: `${failures} log-ins failed one after the other, the last from the address ${ctx.client.ip}.`,
        cause: `account.failed_logins:${isoTime(ctx.now())}`,
      }),
    );
    if (id !== null) await deliverNotifications(ctx, [id]);
  } catch (error) {
    ctx.log.warn("an account was told of failed log-ins by mail alone", { error: describeError(error) });
  }
}

/** Tells the owner of a right password after so many wrong ones that there was a wait, also where a code is to follow. */
export async function noticeLateSuccess(ctx: Ctx, user_id: string, attempt: LoginAttempt): Promise<void> {
  const failures = attempt.failures - 1;
  if (failures < ACCOUNT_LIMITS.free) return;
  const about = { failures, succeeded: true };
  sendMailSoon(ctx, ...(await ctx.transact((tx) => writeToOwner(tx, ctx, user_id, about))));
}
