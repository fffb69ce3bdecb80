import { initialState } from "../../../shared/alerts/engine/step.ts";
import { userEngine } from "../../../shared/alerts/wake-alerts.ts";
import type { AlertState } from "../../../shared/contracts/alerts.ts";
import {
  alert_rules,
  alert_states,
  alert_transitions,
  alerts,
  audit_log,
  collections,
} from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { alertsApp } from "../../../workers/alerts/app.ts";
import { accountApp, type Somebody } from "../../support/account-app.ts";
import type { Backend } from "../../support/each-backend.ts";

/** A rule on one's own host. */
export const A_RULE = {
  name: "Busy",
  metric: "host.cpu_percent",
  operator: ">",
  threshold: "80",
};

/** Of a state that a rule may remember, what its alert is. */
type Standing = Exclude<AlertState, "resolved">;

/** The alerts' routes over a real database; `woken` gathers the engines that were woken, `shown` what devices are told. */
export function alertsWorld(backend: Backend, settings: Record<string, string> = {}) {
  const app = accountApp(backend, alertsApp, settings);
  const woken: string[] = [];
  const shown: unknown[] = [];
  const work: Promise<unknown>[] = [];
  Object.assign(app.ctx, {
    alertEngine: (name: string) => ({ wake: async () => void woken.push(name) }),
    rooms: { user: () => ({ publish: async (events: unknown[]) => void shown.push(...events) }) },
    deliveries: { send: async () => {} },
    later: (promise: Promise<unknown>) => void work.push(promise),
  });

  /** Makes a rule of `who`, and gives its answer. */
  async function makeRule(who: Somebody, given: Record<string, unknown> = {}) {
    const { status, body } = await app.ask(who, "POST", "/alert-rules", { ...A_RULE, ...given });
    if (status !== 201) throw new Error(`not made: ${JSON.stringify(body)}`);
    return { ...body, id: String(body.id) };
  }

  /** An alert of a rule on one host, as an evaluation leaves it. */
  async function raise(
    who: Somebody,
    rule_id: string,
    given: { state?: Standing; labels?: Record<string, string> } & Partial<typeof alerts.$inferInsert> = {},
  ): Promise<string> {
    app.clock.now += 1;
    const { state = "active", labels = { host: "db-1" }, ...rest } = given;
    const at = isoTime(app.clock.now);
    const id = newId("alr", app.clock.now);
    const fingerprint = JSON.stringify(labels);
    const of = { rule_id, fingerprint, labels, updated_at: at };
    const remembered = {
      ...initialState(app.clock.now),
      status: state,
      since: app.clock.now,
      value: "91",
    };
    await backend.db.insert(alerts).values({
      ...{ id, user_id: who.id, ...of, name: "Busy", metric: "host.cpu_percent", level: "warning" },
      ...{ condition: "value", operator: ">", threshold: "80", state, health: "ok", value: "91" },
      ...{ message: "Busy", started_at: at, fired_at: state === "pending" ? null : at, created_at: at },
      ...rest,
    });
    await backend.db.insert(alert_transitions).values({
      ...{ alert_id: id, number: 1, from_state: null, to_state: state, at, recorded_at: at },
      ...{ value: "91", reason: "condition_met" },
    });
    await backend.db
      .insert(alert_states)
      .values({ ...of, state: remembered, alert_id: id, engine: userEngine(who.id) });
    return id;
  }

  return {
    ...app,
    woken,
    shown,
    makeRule,
    raise,
    settled: () => Promise.all(work),
    collection: (slug: string) =>
      backend.db.insert(collections).values({ id: newId("col", 0), slug, name: slug, source: "room" }),
    rules: () => backend.db.select().from(alert_rules),
    states: () => backend.db.select().from(alert_states),
    audited: async () =>
      (await backend.db.select().from(audit_log).orderBy(audit_log.at, audit_log.id)).filter(({ action }) =>
        /^(alert|silence)/.test(action),
      ),
  };
}
