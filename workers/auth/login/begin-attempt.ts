import {
  accountGuardName,
  addressGuardName,
  deviceGuardName,
} from "../../../shared/auth/login/guard-names.ts";
import { ACCOUNT_LIMITS, ADDRESS_LIMITS } from "../../../shared/auth/login/limits.ts";
import { refuseAttempt } from "../../../shared/auth/login/refuse-attempt.ts";
import type { LoginGuardRpc, LoginVerdict } from "../../../shared/contracts/accounts.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** The outcome is told once: what is said of it afterwards changes nothing. */
export interface LoginAttempt {
  /** Those that may count, this one and others that are under way among them. */
  failures: number;
  /** It did not fail. The failures of others stay. */
  takeBack(): Promise<void>;
  /** It failed. `last_free`: it was the last that is free, and from now on there is a wait. */
  fail(): Promise<{ failures: number; last_free: boolean }>;
}

function refusal(code: "locked" | "rate_limited", verdict: Extract<LoginVerdict, { allowed: false }>) {
  const of = code === "locked" ? "for this account" : "from this address";
  return refuseAttempt(
    verdict,
    code,
    (seconds) => `Too many log-ins failed ${of}. Try again in ${seconds} s.`,
  );
}

async function countAt(guard: LoginGuardRpc, others: LoginGuardRpc[]): Promise<LoginAttempt> {
  const verdict = await guard.attempt(ACCOUNT_LIMITS);
  if (!verdict.allowed) {
    // No password is tried: somebody's locked account must not count against all who share their address.
    await Promise.all(others.map((other) => other.succeeded()));
    throw refusal("locked", verdict);
  }
  let told = false;
  return {
    failures: verdict.failures,
    takeBack: async () => {
      if (told) return;
      told = true;
      await Promise.all([guard, ...others].map((each) => each.succeeded()));
    },
    fail: async () => {
      told = true;
      const [failures] = await Promise.all([guard.failed(), ...others.map((other) => other.failed())]);
      return { failures, last_free: failures === ACCOUNT_LIMITS.free };
    },
  };
}

/**
 * Counts a log-in as failed before its password is looked at, until its outcome is told. A device that the account knows has a counter of its own
 * and no other, so that nobody else's failures, at the account or at the same address, can hold its owner up (OWASP,
 * device cookies). An address that has no account is counted alike.
 * @throws `locked`, or `rate_limited` for the address; with Retry-After.
 */
export async function beginAttempt(
  ctx: Pick<Ctx, "gates" | "client">,
  email_key: string,
  device_id: string | null,
): Promise<LoginAttempt> {
  if (device_id !== null) return countAt(ctx.gates.login(deviceGuardName(device_id)), []);
  const address = ctx.gates.login(addressGuardName("login", ctx.client.ip));
  const verdict = await address.attempt(ADDRESS_LIMITS);
  if (!verdict.allowed) throw refusal("rate_limited", verdict);
  return countAt(ctx.gates.login(await accountGuardName(email_key)), [address]);
}
