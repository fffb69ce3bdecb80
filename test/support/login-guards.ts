import { attemptLogin, type GuardState, takeBackAttempt } from "../../shared/auth/login/guard.ts";
import type { LoginGuardRpc } from "../../shared/contracts/accounts.ts";
import type { Clock } from "../../shared/platform/clock.ts";

/** Guards in memory, which decide as the objects do. */
export function memoryGuards(now: Clock) {
  const states = new Map<string, GuardState>();
  const keep = (name: string, state: GuardState | null) => {
    if (state === null) states.delete(name);
    else states.set(name, state);
  };
  return {
    login: (name: string): LoginGuardRpc => ({
      async attempt(limits) {
        const { state, verdict } = attemptLogin(states.get(name) ?? null, limits, now());
        if (verdict.allowed) keep(name, state);
        return verdict;
      },
      succeeded: async () => keep(name, takeBackAttempt(states.get(name) ?? null)),
      reset: async () => keep(name, null),
    }),
    failures: (name: string) => states.get(name)?.failures ?? 0,
  };
}
