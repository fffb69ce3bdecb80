import type { GuardState } from "../../shared/auth/login/guard.ts";
import { guardOf } from "../../shared/auth/login/guard-of.ts";
import { Guards } from "../../shared/auth/login/guards.ts";
import type { Clock } from "../../shared/platform/clock.ts";

/** Guards in memory, which decide as the objects do. */
export function memoryGuards(now: Clock) {
  const states = new Map<string, GuardState>();
  const guards = new Guards(
    {
      read: (name) => states.get(name) ?? null,
      write: (name, state) => void (state === null ? states.delete(name) : states.set(name, state)),
    },
    now,
  );
  return {
    login: (name: string) => guardOf({ getByName: () => guards }, name),
    failures: (name: string) => states.get(name)?.failures ?? 0,
  };
}
