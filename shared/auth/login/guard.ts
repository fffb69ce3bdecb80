import type { LoginLimits, LoginVerdict } from "../../contracts/accounts.ts";

/** What a guard remembers. Times are ms since 1970. */
export interface GuardState {
  failures: number;
  last_at: number;
  /** Of the attempt before the last one. */
  before_at: number;
  blocked_until: number;
  limits: LoginLimits;
}

/** How long the next attempt must wait after so many failures: nothing, then `base_ms` doubled each time. */
function waitAfter(failures: number, { free, base_ms, max_ms }: LoginLimits): number {
  if (failures < free) return 0;
  // Beyond 2^40 the double of a millisecond is longer than anybody waits.
  return Math.min(max_ms, base_ms * 2 ** Math.min(failures - free, 40));
}

/** When there is nothing left to remember. */
export function forgottenAt(state: GuardState): number {
  return Math.max(state.last_at + state.limits.forget_after_ms, state.blocked_until);
}

/** Counts an attempt as failed before it is made; one that must wait is not made, and not counted. */
export function attemptLogin(
  known: GuardState | null,
  limits: LoginLimits,
  now: number,
): { state: GuardState | null; verdict: LoginVerdict } {
  const state = known !== null && now < forgottenAt(known) ? known : null;
  if (state !== null && now < state.blocked_until)
    return { state, verdict: { allowed: false, retry_after_ms: state.blocked_until - now } };
  const failures = (state?.failures ?? 0) + 1;
  const wait = waitAfter(failures, limits);
  return {
    state: {
      failures,
      last_at: now,
      before_at: state?.last_at ?? now,
      blocked_until: wait === 0 ? 0 : now + wait,
      limits,
    },
    verdict: { allowed: true, failures },
  };
}

/**
 * Takes an attempt back that did not fail. The other failures stay: whoever has one good account must not be able to
 * clear with it what is counted against their address.
 */
export function takeBackAttempt(known: GuardState | null): GuardState | null {
  if (known === null || known.failures <= 1) return null;
  const failures = known.failures - 1;
  const wait = waitAfter(failures, known.limits);
  const blocked_until = wait === 0 ? 0 : Math.min(known.blocked_until, known.before_at + wait);
  return { ...known, failures, last_at: known.before_at, blocked_until };
}
