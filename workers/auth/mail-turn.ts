import { addressGuardName, mailGuardName } from "../../shared/auth/login/guard-names.ts";
import { MAIL_ADDRESS_LIMITS, MAIL_LIMITS } from "../../shared/auth/login/limits.ts";
import type { LoginLimits } from "../../shared/contracts/accounts.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { AppError } from "../../shared/platform/errors.ts";

/** Counts a request against the address that it comes from. Throws `rate_limited` where there were too many. */
export async function countRequest(
  ctx: Pick<Ctx, "gates" | "client">,
  about: "mail" | "register",
  limits: LoginLimits = MAIL_ADDRESS_LIMITS,
): Promise<void> {
  const verdict = await ctx.gates.login(addressGuardName(about, ctx.client.ip)).attempt(limits);
  if (verdict.allowed) return;
  const seconds = Math.ceil(verdict.retry_after_ms / 1000);
  throw new AppError("rate_limited", `Too many requests came from this address. Try again in ${seconds} s.`, {
    headers: { "retry-after": String(seconds) },
  });
}

/**
 * Whether a mail of this kind may go to a mailbox now. Asked for every address alike, with an account or without; the
 * caller's answer does not say what came of it.
 */
export async function mayMail(
  ctx: Pick<Ctx, "gates">,
  kind: keyof typeof MAIL_LIMITS,
  email_key: string,
): Promise<boolean> {
  const guard = ctx.gates.login(await mailGuardName(kind, email_key));
  return (await guard.attempt(MAIL_LIMITS[kind])).allowed;
}
