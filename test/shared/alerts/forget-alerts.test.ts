import { asc, eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { forgetAlerts } from "../../../shared/alerts/forget-alerts.ts";
import { userEngine } from "../../../shared/alerts/wake-alerts.ts";
import {
  alert_states,
  alert_transitions,
  alerts,
  metric_series,
  silences,
} from "../../../shared/db/schema/index.ts";
import { sweepMetrics } from "../../../shared/metrics/sweep-metrics.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../support/alerts/engine.ts";
import { pushedSeries } from "../../support/alerts/readings.ts";
import { insertRule } from "../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { insertUser } from "../../support/webhooks.ts";

const DAY_MS = 86_400_000;
const NOW = Date.parse("2028-01-01T00:00:00.000Z");
const ago = (days: number) => new Date(NOW - days * DAY_MS).toISOString();

describeOnEachBackend("forgetting alerts", (backend) => {
  it("removes what resolved long ago, sooner what never fired, and nothing that stands", async () => {
    const user_id = await insertUser(backend.db);
    const { ctx } = engineCtx(backend, { now: ago(0) });
    const alert = async (
      name: string,
      made: number,
      { resolved, fired = true }: { resolved?: number; fired?: boolean },
    ) => {
      const id = newId("alr", NOW - made * DAY_MS);
      await backend.db.insert(alerts).values({
        ...{
          id,
          rule_id: `rul_${name}`,
          user_id,
          fingerprint: "f",
          labels: {},
          name,
          metric: "market.floor",
        },
        ...{ level: "warning", condition: "value", health: "ok", message: "", started_at: ago(3000) },
        state: resolved === undefined ? "active" : "resolved",
        fired_at: fired ? ago(made) : null,
        resolved_at: resolved === undefined ? null : ago(3000),
        created_at: ago(made),
        updated_at: ago(resolved ?? made),
      });
      const times = { at: ago(made), recorded_at: ago(made) };
      const transition = { alert_id: id, number: 1, to_state: "active", reason: "condition_met", ...times };
      await backend.db.insert(alert_transitions).values(transition);
    };
    await alert("old", 400, { resolved: 366 });
    await alert("old, ended lately", 400, { resolved: 364 });
    await alert("old, stands", 400, {});
    await alert("young, of the past", 10, { resolved: 9 });
    await alert("untold", 8, { resolved: 8, fired: false });
    await alert("untold lately", 6, { resolved: 6, fired: false });
    await alert("untold, stands", 8, { fired: false });
    const silence = (made: number, ended: number) => ({
      ...{ id: newId("sil", NOW - made * DAY_MS), user_id, matchers: [], created_by: user_id },
      ...{ starts_at: ago(made), ends_at: ago(ended), created_at: ago(made) },
    });
    await backend.db.insert(silences).values([silence(500, 366), silence(500, 1)]);
    await forgetAlerts(ctx);
    const left = await backend.db.select({ name: alerts.name }).from(alerts).orderBy(asc(alerts.id));
    expect(left.map(({ name }) => name).sort()).toEqual([
      "old, ended lately",
      "old, stands",
      "untold lately",
      "untold, stands",
      "young, of the past",
    ]);
    expect(await backend.db.$count(alert_transitions)).toBe(5);
    expect(await backend.db.$count(silences)).toBe(1);
  });

  it("resolves what stands on a series that is forgotten, and remembers nothing of it", async () => {
    const clock = { now: ago(20) };
    const user_id = await insertUser(backend.db);
    const { ctx, told } = engineCtx(backend, clock);
    const cpu = { metric: "host.cpu_percent", operator: ">", threshold: "80", labels: {} };
    await insertRule(backend.db, { user_id, at: ago(20), ...cpu });
    const gone = await pushedSeries(backend.db, user_id, "host.cpu_percent", { host: "gone" });
    const lives = await pushedSeries(backend.db, user_id, "host.cpu_percent", { host: "lives" });
    await gone([[ago(19.001), "95"]]);
    await lives([[ago(19), "95"]]);
    clock.now = ago(18.9);
    await runUntilQuiet(ctx, userEngine(user_id));
    await lives([[ago(10), "95"]]);
    clock.now = ago(10);
    told.woken.length = 0;
    await sweepMetrics(ctx);
    expect(await readAlerts(backend.db)).toEqual([
      expect.objectContaining({ labels: { host: "gone" }, state: "resolved", resolved_reason: "no_data" }),
      expect.objectContaining({ labels: { host: "lives" }, state: "active" }),
    ]);
    const states = await backend.db.select({ labels: alert_states.labels }).from(alert_states);
    expect(states).toEqual([{ labels: { host: "lives" } }]);
    const series = await backend.db
      .select({ subject: metric_series.subject })
      .from(metric_series)
      .where(eq(metric_series.name, sql`'host.cpu_percent'`));
    expect(series).toEqual([{ subject: "lives" }]);
  });
});
