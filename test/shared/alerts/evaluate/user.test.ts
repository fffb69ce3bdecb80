import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { previewRule } from "../../../../shared/alerts/evaluate/preview.ts";
import { sweepAlerts } from "../../../../shared/alerts/sweep-alerts.ts";
import { PLATFORM_ENGINE, userEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { activity_events, metric_samples, metric_series, users } from "../../../../shared/db/schema/index.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { insertUser } from "../../../support/webhooks.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const CPU = {
  metric: "host.cpu_percent",
  labels: {},
  operator: ">",
  threshold: "80",
  for: "1m",
  name: "CPU",
};

async function series(
  backend: Backend,
  user_id: string | null,
  name: string,
  labels: Record<string, string>,
) {
  const id = `mse_${name}_${Object.values(labels).join("_")}`;
  await backend.db.insert(metric_series).values({
    ...{ id, user_id, name, labels, fingerprint: id, created_at: at(0) },
    subject: labels.host ?? labels.component ?? "",
  });
  return async (samples: readonly (readonly [seconds: number, value: string])[]) => {
    await backend.db
      .insert(metric_samples)
      .values(samples.map(([seconds, value]) => ({ series_id: id, at: at(seconds), value })));
    const newest = Math.max(...samples.map(([seconds]) => seconds));
    await backend.db.execute(
      sql`update metric_series set last_at = greatest(last_at, ${at(newest)}::timestamptz) where id = ${id}`,
    );
  };
}

async function act(backend: Backend, user_id: string, type: string, seconds: number) {
  const id = `act_${String(seconds).padStart(6, "0")}_${type}`;
  await backend.db
    .insert(activity_events)
    .values({ id, user_id, type, data: {}, occurred_at: at(seconds), created_at: at(seconds) });
}

async function prepared(backend: Backend) {
  const clock = { now: at(0) };
  const user_id = await insertUser(backend.db);
  return { user_id, clock, engine: userEngine(user_id), ...engineCtx(backend, clock) };
}

describeOnEachBackend("evaluating what is a user's own", (backend) => {
  it("says in the message what readings count, as they were sent", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    const rule = {
      metric: "shop.latency",
      labels: {},
      operator: ">",
      threshold: "100",
      name: "Slow",
    } as const;
    await insertRule(backend.db, { user_id, at: at(0), ...rule });
    const shop = await series(backend, user_id, "shop.latency", { shop: "north" });
    await backend.db.update(metric_series).set({ unit: "ms" }).where(eq(metric_series.name, "shop.latency"));
    await shop([[15, "123.5"]]);
    clock.now = at(15);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([
      { message: "shop.latency (shop north) is 123.5 ms, above 100." },
    ]);
  });

  it("raises one alert a host, after the minute that the rule waits, and resolves it", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(0), ...CPU });
    const web = await series(backend, user_id, "host.cpu_percent", { host: "web" });
    const db = await series(backend, user_id, "host.cpu_percent", { host: "db" });
    const steps = [
      [15, "95", "10"],
      [30, "96", "90"],
      [45, "97", "10"],
      [60, "98", "10"],
      [75, "99", "10"],
      [90, "50", "10"],
    ] as const;
    for (const [seconds, busy, calm] of steps) {
      await web([[seconds, busy]]);
      await db([[seconds, calm]]);
      clock.now = at(seconds);
      await runUntilQuiet(ctx, engine);
    }
    expect(await readAlerts(backend.db)).toMatchObject([
      { labels: { host: "web" }, fired_at: at(75), value: "50", resolved_at: at(90) },
      { labels: { host: "db" }, fired_at: null, resolved_at: at(45) },
    ]);
  });

  it("comes to the same where an agent hands in all of it later", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(0), ...CPU });
    const web = await series(backend, user_id, "host.cpu_percent", { host: "web" });
    await web([
      [15, "95"],
      [30, "96"],
      [45, "97"],
      [75, "99"],
      [90, "50"],
    ]);
    clock.now = at(2000);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ fired_at: at(75), resolved_at: at(90) }]);
  });

  it("fires when nothing comes any more, and says when to look", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    const absent = { ...CPU, condition: "absence", operator: null, threshold: null, for: "2m" };
    await insertRule(backend.db, { user_id, at: at(0), ...absent });
    const web = await series(backend, user_id, "host.cpu_percent", { host: "web" });
    await web([[15, "5"]]);
    clock.now = at(16);
    expect(await runUntilQuiet(ctx, engine)).toBe(Date.parse(at(135)));
    clock.now = at(140);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([
      {
        state: "active",
        health: "no_data",
        fired_at: at(135),
        message: "CPU use of web: nothing came for 2m.",
      },
    ]);
    await web([[150, "5"]]);
    clock.now = at(151);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved", resolved_at: at(150) }]);
  });

  it("counts activity by type, once it has settled", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    const count = { metric: "activity.count", labels: {}, operator: ">=", threshold: "2", window: "1m" };
    await insertRule(backend.db, { user_id, at: at(0), ...count });
    await act(backend, user_id, "outreach_sent", 10);
    await act(backend, user_id, "task_completed", 12);
    await act(backend, user_id, "outreach_sent", 20);
    clock.now = at(20.5);
    const next = await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toEqual([]);
    clock.now = new Date(next ?? 0).toISOString();
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([
      { labels: { type: "outreach_sent" }, state: "active", fired_at: at(20), value: "2" },
    ]);
    clock.now = at(200);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved", resolved_at: at(70) }]);
  });

  it("shows nobody the readings of another, and the platform's to who may see them and has a rule on them", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    const other = await insertUser(backend.db);
    await backend.db.update(users).set({ role: "manager" }).where(eq(users.id, user_id));
    await insertRule(backend.db, { user_id, at: at(0), ...CPU, for: "0s" });
    const backlog = { metric: "platform.queue_backlog", labels: {}, operator: ">", threshold: "10" };
    await insertRule(backend.db, { user_id, at: at(0), ...backlog });
    await (await series(backend, other, "host.cpu_percent", { host: "theirs" }))([[10, "99"]]);
    await (await series(backend, null, "platform.queue_backlog", {}))([[10, "99"]]);
    clock.now = at(11);
    await runUntilQuiet(ctx, engine);
    await runUntilQuiet(ctx, userEngine(other));
    expect(await readAlerts(backend.db)).toEqual([]);
    await runUntilQuiet(ctx, PLATFORM_ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ labels: {}, state: "active", value: "99" }]);
  });

  it("has the tick wake what was left lying, and nothing else", async () => {
    const { user_id, clock, engine, ctx, told } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(0), ...CPU });
    const web = await series(backend, user_id, "host.cpu_percent", { host: "web" });
    clock.now = at(1);
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([]);
    await web([[15, "95"]]);
    clock.now = at(40);
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([engine]);
    await runUntilQuiet(ctx, engine);
    told.woken.length = 0;
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([]);
    clock.now = at(90);
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([engine]);
    const due = await readRows(
      backend.db,
      sql`select engine from alert_states where due_at is not null`,
      z.object({ engine: z.string() }),
    );
    expect(due).toEqual([{ engine }]);
  });

  it("previews what evaluation then does", async () => {
    const { user_id, clock, engine, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(0), ...CPU });
    const web = await series(backend, user_id, "host.cpu_percent", { host: "web" });
    await web(Array.from({ length: 200 }, (_, i) => [15 * (i + 1), i % 20 < 8 ? "95" : "20"] as const));
    clock.now = at(3010);
    await runUntilQuiet(ctx, engine);
    const fired = (await readAlerts(backend.db)).filter(({ fired_at }) => fired_at !== null);
    const span = { from: Date.parse(at(0)), to: Date.parse(at(3010)), user_id };
    const preview = await previewRule(ctx, ruleFields(CPU), span);
    // The fourth within an hour is kept firing, as one that flaps.
    expect(fired).toHaveLength(4);
    expect(preview.firings).toEqual(
      fired.map(({ labels, started_at, fired_at, resolved_at, resolved_reason }) =>
        expect.objectContaining({ labels, started_at, fired_at, resolved_at, resolved_reason }),
      ),
    );
    expect(preview.series).toEqual([{ labels: { host: "web" }, points: expect.any(Array) }]);
    expect(preview.series[0]?.points).toHaveLength(1000);
    expect(preview.series[0]?.points.at(-1)).toEqual({ at: at(3010), value: "20" });
  });
});
