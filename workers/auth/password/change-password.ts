import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { normalisePassword } from "../../../shared/auth/password/normalise-password.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { issueAccessToken } from "../../../shared/auth/tokens/issue-access-token.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { passwordChangedMail } from "../../../shared/mail/templates/password-changed.ts";
import { tellAccount, toldSoon } from "../../../shared/notifications/tell-account.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { confirmPassword } from "../mfa/confirm-password.ts";
import { judgeNewPassword } from "./judge-new-password.ts";
import { rotateRefreshToken } from "./rotate-refresh-token.ts";
import type { ChangeRequest } from "./schema.ts";
import { setPassword } from "./set-password.ts";

function requireDifferent({ current_password, new_password }: ChangeRequest): void {
  if (normalisePassword(current_password) !== normalisePassword(new_password)) return;
  const message = "must differ from the current password";
  throw new AppError("invalid_request", `The new password ${message}.`, {
    details: [{ pointer: "/new_password", message }],
  });
}

async function findMe(ctx: Pick<Ctx, "db">, user_id: string) {
  const [user] = await ctx.db
    .select({ name: users.name, password_hash: users.password_hash })
    .from(users)
    .where(eq(users.id, user_id));
  if (user === undefined) throw new AppError("session_ended", "This account is gone.");
  return user;
}

async function store(ctx: Ctx, known_hash: string | null, password_hash: string) {
  const { user_id, session_id } = userOf(ctx);
  return ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, user_id)).for("update");
    if (user === undefined || user.password_hash !== known_hash)
      throw new AppError("conflict", "The password was changed meanwhile: try again with the new one.");
    await setPassword(tx, ctx, user_id, password_hash);
    const refresh_token = await rotateRefreshToken(tx, ctx, session_id);
    const ended = await endSessions(tx, ctx, { user_id, except: session_id, reason: "password_changed" });
    await bumpAccess(tx, user_id);
    const content = passwordChangedMail({ name: user.name, at: ctx.now(), client: ctx.client });
    const mail = await enqueueMail(tx, ctx, "password_changed", { to: user.email, ...content });
    const { ip } = ctx.client;
    const told = await tellAccount(tx, ctx, "user.password_changed", { user_id, ip });
    await recordAudit(tx, ctx, {
      action: "user.password_changed",
      target: { type: "user", id: user_id },
      after: { sessions_ended: ended },
    });
    return { user: { ...user, access_version: user.access_version + 1 }, refresh_token, mail, told };
  });
}

/**
 * Changes the password of whoever asks, who must know the current one. All other sessions end, and this one goes on
 * with new tokens (ASVS 6.2.3, 7.4.3).
 * @throws `invalid_request` for a wrong current or a weak new password, `locked` after too many wrong ones, `conflict`.
 */
export async function changePassword(ctx: Ctx, given: ChangeRequest): Promise<TokenAnswer> {
  const { user_id, session_id, email, mfa_enabled } = userOf(ctx);
  const { name, password_hash: known_hash } = await findMe(ctx, user_id);
  await confirmPassword(ctx, user_id, given.current_password);
  requireDifferent(given);
  await judgeNewPassword(ctx, { id: user_id, email, name, mfa_enabled }, given.new_password, "new_password");
  const password_hash = await hashPassword(ctx.config, given.new_password);
  const { user, refresh_token, mail, told } = await store(ctx, known_hash, password_hash);
  await accessChanged(ctx, user_id);
  sendMailSoon(ctx, mail);
  toldSoon(ctx, told);
  const issued = await issueAccessToken(ctx, { user, session_id });
  return { ...issued, refresh_token, token_type: "Bearer" };
}
