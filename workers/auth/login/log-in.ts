import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { LoginAttempt } from "./begin-attempt.ts";
import { issueChallenge } from "./challenge.ts";
import {
  type CheckedCredentials,
  checkCredentials,
  forgiveAccount,
  wrongCredentials,
} from "./check-credentials.ts";
import { type FoundAccount, findAccount } from "./find-account.ts";
import { answerLogin, type OpenedLogin, openLogin } from "./open-login.ts";
import { proveFactor } from "./prove-factor.ts";
import { noticeLateSuccess, recordFailure } from "./record-failure.ts";
import { requireActive } from "./require-active.ts";
import type { LoginAnswer, LoginRequest } from "./schema.ts";
import { tallyFailure } from "./tally-failure.ts";
import { upgradeHash } from "./upgrade-hash.ts";

type PasswordTime = Pick<FoundAccount, "password_changed_at">;

/** Each connection may write times in a zone of its own. */
function changedAt({ password_changed_at }: PasswordTime): string | null {
  return password_changed_at === null ? null : isoOfTimestamp(password_changed_at);
}

/** Refuses an account that may not be used, and writes that down: somebody knows its password. */
async function requireUsable(
  ctx: Ctx,
  email_key: string,
  account: FoundAccount,
  attempt: LoginAttempt,
): Promise<void> {
  if (account.status === "active") return;
  await attempt.takeBack();
  const action = "user.login_refused";
  // Nothing makes them wait: without a tally whoever knows the password could write rows without end.
  const tally = await tallyFailure(ctx, action, { email_key, user_id: account.id });
  if (tally !== null)
    await ctx.transact((tx) =>
      recordAudit(tx, ctx, {
        action,
        target: { type: "user", id: account.id },
        after: { status: account.status, ...tally },
      }),
    );
  requireActive(account.status);
}

/** The session that the password opens, with the code where the account asks for one; `null` where the code is wrong. */
async function open(ctx: Ctx, account: FoundAccount, given: LoginRequest): Promise<OpenedLogin | null> {
  const { id: user_id, mfa_enabled_at } = account;
  const { code, device_token } = given;
  // Whatever has changed the password since it was checked has moved this too; an upgraded hash has not.
  const isStillGood = (user: PasswordTime) => changedAt(user) === changedAt(account);
  if (mfa_enabled_at === null || code === undefined)
    return ctx.transact((tx) =>
      openLogin(tx, ctx, { user_id, methods: ["pwd"], mfa: false, device_token, isStillGood }),
    );
  return proveFactor(ctx, user_id, code, (tx, method) =>
    openLogin(tx, ctx, { user_id, methods: ["pwd", method], mfa: true, device_token, isStillGood }),
  );
}

/** Goes on after the password was checked. */
async function proceed(
  ctx: Ctx,
  given: LoginRequest,
  of: { email_key: string; found_id: string | null },
  { attempt, account, rehash }: CheckedCredentials,
): Promise<LoginAnswer> {
  const { email_key } = of;
  if (account === null) {
    await recordFailure(ctx, { email_key, user_id: of.found_id }, attempt);
    throw wrongCredentials();
  }
  await requireUsable(ctx, email_key, account, attempt);
  await noticeLateSuccess(ctx, account.id, attempt);
  if (rehash) await upgradeHash(ctx, account, given.password);
  if (account.mfa_enabled_at !== null && given.code === undefined) {
    await attempt.takeBack();
    return issueChallenge(ctx, account.id);
  }
  const opened = await open(ctx, account, given);
  // A wrong code counts as a wrong password does: otherwise the counter would tell which of them it was.
  if (opened === null) {
    await recordFailure(ctx, { email_key, user_id: account.id }, attempt);
    throw wrongCredentials();
  }
  await attempt.takeBack();
  if (account.device_id === null) await forgiveAccount(ctx, email_key);
  return answerLogin(ctx, opened);
}

/**
 * Logs in with a password, and with a code at once where one is given; otherwise an account with a second factor is
 * answered with a challenge.
 * @throws `unauthorized` for whatever is wrong, in one and the same time; `locked` and `rate_limited` after too much of
 * it; only after the right password `email_not_verified`, `forbidden` or `locked` for an account that may not be used.
 */
export async function logIn(ctx: Ctx, given: LoginRequest): Promise<LoginAnswer> {
  const email_key = emailKey(given.email);
  const found = await findAccount(ctx, email_key, given.device_token);
  const checked = await checkCredentials(ctx, email_key, found, given.password);
  try {
    return await proceed(ctx, given, { email_key, found_id: found?.id ?? null }, checked);
  } catch (error) {
    // Unless it was found wrong above: a database that is away must not count against its owner.
    await checked.attempt.takeBack();
    throw error;
  }
}
