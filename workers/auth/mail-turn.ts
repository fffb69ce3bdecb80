import { addressGuardName, mailGuardName } from "../../shared/auth/login/guard-names.ts";
import { MAIL_ADDRESS_LIMITS, MAIL_LIMITS } from "../../shared/auth/login/limits.ts";
import { refuseAttempt } from "../../shared/auth/login/refuse-attempt.ts";
import type { LoginLimits } from "../../shared/contracts/accounts.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";

/** Counts a request against the address that it comes from. Throws `rate_limited` where there were too many. */
export async function countRequest(
  ctx: Pick<Ctx, "gates" | "client">,
  about: "mail" | "register",
  limits: LoginLimits = MAIL_ADDRESS_LIMITS,
): Promise<void> {
  const verdict = await ctx.gates.login(addressGuardName(about, ctx.client.ip)).count(limits);
  if (verdict.allowed) return;
  throw refuseAttempt(
    verdict,
    "rate_limited",
    (seconds) => `Too many requests came from this address. Try again in ${seconds} s.`,
  );
}

/**
 * Runs `write`, which puts a mail into the outbox, if a mail of this kind may go to a mailbox now. Asked for every
 * address alike, with an account or without; the caller's answer does not say what came of it. A mail that could not
 * be stored takes no turn: whoever asks again is not answered as if it had been.
 * @returns false where a mail was asked for a moment ago.
 */
export async function onMailTurn(
  ctx: Pick<Ctx, "gates">,
  kind: keyof typeof MAIL_LIMITS,
  email_key: string,
  write: () => Promise<void>,
): Promise<boolean> {
  const guard = ctx.gates.login(await mailGuardName(kind, email_key));
  const verdict = await guard.attempt(MAIL_LIMITS[kind]);
  if (!verdict.allowed) {
    // Whether a mail was written a moment ago is not known.
    if (verdict.busy) throw refuseAttempt(verdict, "rate_limited", () => "");
    return false;
  }
  try {
    await write();
  } catch (error) {
    await guard.succeeded();
    throw error;
  }
  await guard.failed();
  return true;
}
