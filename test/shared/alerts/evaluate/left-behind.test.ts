import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { resetRule } from "../../../../shared/alerts/commit/by-hand.ts";
import { resumeRules } from "../../../../shared/alerts/resume-rules.ts";
import { runEngine } from "../../../../shared/alerts/run-engine.ts";
import { sweepAlerts } from "../../../../shared/alerts/sweep-alerts.ts";
import { collectionEngine, PLATFORM_ENGINE, userEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { alert_rules, alert_states, metric_series, users } from "../../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { pushedSeries } from "../../../support/alerts/readings.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
const CPU = { metric: "host.cpu_percent", labels: {}, operator: ">", threshold: "80", name: "CPU" };

async function floorAt(backend: Backend, seq: number, minutes: number, price: string, slug = "punks") {
  const listing = { kind: "listing" as const, price, occurred_at: at(minutes) };
  const event = await aFlushEvent(seq, listing, {
    floor: { cause: "new_listing", floor: aFloor({ price }) },
  });
  await storeEvents(backend.db, aBatch([event], { currency: "ETH", collection: slug }));
}

async function prepared(backend: Backend) {
  const clock = { now: at(0) };
  const user_id = await insertUser(backend.db);
  return { user_id, clock, engine: userEngine(user_id), ...engineCtx(backend, clock) };
}

const readDue = (backend: Backend) =>
  readRows(
    backend.db,
    sql`select engine from alert_states where due_at is not null`,
    z.object({ engine: z.string() }),
  );

describeOnEachBackend("what rules leave behind", (backend) => {
  it("stops nobody's evaluation where a rule looked at something else with the same labels before", async () => {
    const { user_id, clock, ctx, engine } = await prepared(backend);
    const labels = { collection: "punks" };
    const own = { labels, metric: "desk.value", operator: ">", threshold: "1" };
    const rule = await insertRule(backend.db, { user_id, at: at(0), ...own });
    await (await pushedSeries(backend.db, user_id, "desk.value", labels))([[at(1), "5"]]);
    clock.now = at(1);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", rule_id: rule }]);
    clock.now = at(2);
    const fields = ruleFields({ labels });
    await backend.transact(async (tx) => {
      await resetRule(tx, ctx, { rule_id: rule, reason: "rule_changed" });
      const columns = { fields, metric: fields.metric, subject: "punks", enabled_at: at(2), revision: 2 };
      await tx.update(alert_rules).set(columns).where(eq(alert_rules.id, rule));
    });
    expect(await readDue(backend)).toEqual([]);
    const other = await insertRule(backend.db, { user_id: await insertUser(backend.db), at: at(2) });
    await floorAt(backend, 1, 3, "39");
    clock.now = at(3);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    const standing = (await readAlerts(backend.db)).filter(({ state }) => state === "active");
    expect(standing.map(({ rule_id }) => rule_id).sort()).toEqual([rule, other].sort());
  });

  it("evaluates a rule although the same series was remembered by another engine", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    const rule = await insertRule(backend.db, { user_id, at: at(1) });
    await floorAt(backend, 2, 2, "39");
    clock.now = at(2);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    await backend.db
      .update(alert_states)
      .set({ engine: "user:somebody" })
      .where(eq(alert_states.rule_id, rule));
    await floorAt(backend, 3, 3, "45");
    clock.now = at(3);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved" }]);
  });

  it("does not run on and on for a suspended owner, and raises nothing", async () => {
    const { user_id, clock, ctx, engine, told } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(0), ...CPU, for: "1m" });
    const web = await pushedSeries(backend.db, user_id, "host.cpu_percent", { host: "web" });
    await web([[at(1), "95"]]);
    clock.now = at(1);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "pending" }]);
    await backend.db.update(users).set({ status: "suspended" }).where(eq(users.id, user_id));
    await web([[at(3), "96"]]);
    clock.now = at(4);
    expect(await runEngine(ctx, engine)).toEqual({ next: null });
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "pending" }]);
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([]);
    await backend.db.update(users).set({ status: "active" }).where(eq(users.id, user_id));
    await sweepAlerts(ctx);
    expect(told.woken).toEqual([engine]);
    await runUntilQuiet(ctx, engine);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active" }]);
  });

  it("has a rule see nothing of the time for which its owner was suspended", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1) });
    clock.now = at(1);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    await backend.db.update(users).set({ status: "suspended" }).where(eq(users.id, user_id));
    await floorAt(backend, 2, 2, "39");
    await floorAt(backend, 3, 3, "45");
    clock.now = at(3);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    clock.now = at(60);
    await backend.db.update(users).set({ status: "active" }).where(eq(users.id, user_id));
    await backend.transact((tx) => resumeRules(tx, user_id, ctx.now()));
    await runUntilQuiet(ctx, collectionEngine("punks"));
    expect(await readAlerts(backend.db)).toEqual([]);
    await floorAt(backend, 4, 61, "38");
    clock.now = at(61);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", value: "38", fired_at: at(61) }]);
  });

  it("ends what platform rules raised when their owner may not look at the platform any more", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await backend.db.update(users).set({ role: "manager" }).where(eq(users.id, user_id));
    const backlog = { metric: "platform.queue_backlog", labels: {}, operator: ">", threshold: "10" };
    const rule = await insertRule(backend.db, { user_id, at: at(0), ...backlog });
    const queue = await pushedSeries(backend.db, null, "platform.queue_backlog", {});
    await queue([[at(1), "99"]]);
    clock.now = at(1);
    await runUntilQuiet(ctx, PLATFORM_ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active" }]);
    await backend.db.update(users).set({ role: "trader" }).where(eq(users.id, user_id));
    await queue([[at(2), "98"]]);
    clock.now = at(2);
    await runUntilQuiet(ctx, PLATFORM_ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved", resolved_reason: "rule_disabled", value: "99" },
    ]);
    const [row] = await backend.db.select().from(alert_rules).where(eq(alert_rules.id, rule));
    expect(row).toMatchObject({ enabled: false, error: expect.stringContaining("monitoring:read") });
    await queue([[at(3), "97"]]);
    clock.now = at(3);
    expect(await runUntilQuiet(ctx, PLATFORM_ENGINE)).toBeNull();
    expect(await readAlerts(backend.db)).toHaveLength(1);
  });

  it("comes to rest with many silent series that a new rule looks at", async () => {
    const { user_id, clock, ctx, engine } = await prepared(backend);
    await backend.db.insert(metric_series).values(
      Array.from({ length: 201 }, (_, n) => {
        const labels = { host: `h${n}` };
        const id = `mse_${n}`;
        const subject = labels.host;
        return {
          id,
          user_id,
          name: "host.cpu_percent",
          labels,
          fingerprint: id,
          subject,
          created_at: at(-60),
        };
      }),
    );
    await insertRule(backend.db, { user_id, at: at(0), ...CPU });
    clock.now = at(1);
    expect(await runUntilQuiet(ctx, engine)).toBeNull();
  });

  it("lets quiet collections be once a rule on every one has looked at them", async () => {
    const { user_id, clock, ctx, told } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await floorAt(backend, 1, 0, "45", "apes");
    const absent = { condition: "absence", operator: null, threshold: null, for: "5m", labels: {} };
    clock.now = at(1);
    await insertRule(backend.db, { user_id, at: at(1), ...absent });
    const woken = async () => {
      told.woken.length = 0;
      await sweepAlerts(ctx);
      const names = told.woken.filter((name) => name.startsWith("collection:")).sort();
      for (const name of names) await runUntilQuiet(ctx, name);
      return names;
    };
    expect(await woken()).toEqual(["collection:apes", "collection:punks"]);
    expect(await woken()).toEqual([]);
    clock.now = at(2);
    // A second rule on every collection, on which nothing happens.
    await insertRule(backend.db, { user_id, at: at(2), ...absent, for: "8m" });
    clock.now = at(3);
    expect(await woken()).toEqual(["collection:apes", "collection:punks"]);
    expect(await woken()).toEqual([]);
    clock.now = at(11);
    await woken();
    expect((await readAlerts(backend.db)).filter(({ state }) => state === "active")).toHaveLength(4);
  });
});
