import { alertsApp } from "../../../workers/alerts/app.ts";
import { accountApp } from "../../support/account-app.ts";
import type { Backend } from "../../support/each-backend.ts";

/** The alerts' routes over a real database; `woken` gathers the engines that were woken, `told` what devices are shown. */
export function alertsWorld(backend: Backend, settings: Record<string, string> = {}) {
  const app = accountApp(backend, alertsApp, settings);
  const woken: string[] = [];
  const shown: { user_id: string; events: unknown[] }[] = [];
  const work: Promise<unknown>[] = [];
  Object.assign(app.ctx, {
    alertEngine: (name: string) => ({ wake: async () => void woken.push(name) }),
    rooms: {
      user: (user_id: string) => ({
        publish: async (events: unknown[]) => void shown.push({ user_id, events }),
      }),
    },
    deliveries: { send: async () => {} },
    later: (promise: Promise<unknown>) => void work.push(promise),
  });
  return { ...app, woken, shown, settled: () => Promise.all(work) };
}
