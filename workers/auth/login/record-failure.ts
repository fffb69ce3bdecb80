import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { ACCOUNT_LIMITS } from "../../../shared/auth/login/limits.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { failedLoginsMail } from "../../../shared/mail/templates/failed-logins.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { afterAnswer } from "../after-answer.ts";
import type { LoginAttempt } from "./begin-attempt.ts";
import { tallyFailure } from "./tally-failure.ts";

async function tellOwner(
  ctx: Ctx,
  user_id: string,
  about: { failures: number; succeeded: boolean },
): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, user_id));
    if (user === undefined || user.status !== "active") return null;
    const content = failedLoginsMail({ name: user.name, at: ctx.now(), client: ctx.client, ...about });
    return enqueueMail(tx, ctx, "failed_logins", { to: user.email, ...content });
  });
  if (mail !== null) sendMailSoon(ctx, mail);
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
  const { failures } = attempt;
  const action = "user.login_failed";
  const tally = await tallyFailure(ctx, action, of);
  if (tally !== null || attempt.last_free)
    await ctx.transact(async (tx) => {
      if (tally !== null) await recordAudit(tx, ctx, { action, target, after: { failures, ...tally } });
      if (attempt.last_free)
        await recordAudit(tx, ctx, { action: "user.locked_out", target, after: { failures } });
    });
  if (attempt.last_free)
    afterAnswer(ctx, "the mail of failed log-ins", async () => {
      if (user_id !== null) await tellOwner(ctx, user_id, { failures, succeeded: false });
    });
}

/** Tells the owner of a right password after so many wrong ones that there was a wait, also where a code is to follow. */
export function noticeLateSuccess(ctx: Ctx, user_id: string, attempt: LoginAttempt): void {
  const failures = attempt.failures - 1;
  if (failures < ACCOUNT_LIMITS.free) return;
  afterAnswer(ctx, "the mail of a log-in after failed ones", () =>
    tellOwner(ctx, user_id, { failures, succeeded: true }),
  );
}
