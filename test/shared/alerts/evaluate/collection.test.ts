import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { previewRule } from "../../../../shared/alerts/evaluate/preview.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const T0 = "2026-01-01T00:00:00.000Z";
const at = (minutes: number) => new Date(Date.parse(T0) + minutes * 60_000).toISOString();

/** A listing that becomes the floor at `price`; `null`: the last one is gone. */
async function floorAt(backend: Backend, seq: number, minutes: number, price: string | null) {
  const occurred_at = at(minutes);
  const floor = price === null ? null : aFloor({ price });
  const event = await aFlushEvent(
    seq,
    price === null
      ? { kind: "cancel", price: null, currency: null, occurred_at }
      : { kind: "listing", price, occurred_at },
    { floor: { cause: price === null ? "cancel" : "new_listing", floor } },
  );
  await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
}

async function saleAt(backend: Backend, seq: number, minutes: number, price: string, more = {}) {
  const event = await aFlushEvent(seq, { price, occurred_at: at(minutes), ...more });
  await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
}

async function prepared(backend: Backend) {
  const clock = { now: at(0) };
  const user_id = await insertUser(backend.db);
  return { user_id, clock, ...engineCtx(backend, clock) };
}

describeOnEachBackend("evaluating a collection", (backend) => {
  it("fires once when the floor falls below, and resolves when it is back", async () => {
    const { user_id, clock, ctx, told } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1) });
    clock.now = at(2);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toEqual([]);
    await floorAt(backend, 2, 3, "39.9");
    clock.now = at(3);
    await runUntilQuiet(ctx, ENGINE);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      {
        state: "active",
        value: "39.9",
        fired_at: at(3),
        transitions: [">active:condition_met"],
        message: "The floor of punks is 39.9 ETH, below 40.",
      },
    ]);
    expect(told.woken).toContain(`user:${user_id}`);
    await floorAt(backend, 3, 4, "39");
    await floorAt(backend, 4, 5, "41");
    clock.now = at(6);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved", value: "41", resolved_at: at(5), resolved_reason: "condition_cleared" },
    ]);
  });

  it("waits for as long as the rule says, exactly", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1), for: "5m" });
    await floorAt(backend, 2, 2, "39");
    clock.now = at(3);
    expect(await runUntilQuiet(ctx, ENGINE)).toBe(Date.parse(at(7)));
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "pending", started_at: at(2) }]);
    clock.now = at(9);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      {
        state: "active",
        fired_at: at(7),
        transitions: [">pending:condition_met", "pending>active:held_for"],
      },
    ]);
  });

  it("does not fire on what was received before the rule, also where the engine is late", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1), name: "old" });
    await floorAt(backend, 2, 2, "39");
    await floorAt(backend, 3, 3, "45");
    const late = await insertRule(backend.db, { user_id, at: at(4), name: "new" });
    clock.now = at(5);
    await runUntilQuiet(ctx, ENGINE);
    const found = await readAlerts(backend.db);
    expect(found).toMatchObject([{ state: "resolved", fired_at: at(2), resolved_at: at(3) }]);
    expect(found.map(({ rule_id }) => rule_id)).not.toContain(late);
  });

  it("compares with what the floor was a window ago, whatever happened to the process between", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, -90, "50");
    const change = { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h" };
    await insertRule(backend.db, { user_id, at: at(1), ...change });
    for (const [seq, minutes, price] of [
      [2, 30, "48"],
      [3, 50, "44"],
      [4, 55, "43"],
    ] as const) {
      await floorAt(backend, seq, minutes, price);
      clock.now = at(minutes);
      await runUntilQuiet(engineCtx(backend, clock).ctx, ENGINE);
    }
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "active", value: "-12", fired_at: at(50), message: expect.stringContaining("fell by 12 %") },
    ]);
    // An hour on, nothing has changed any more: time alone resolves it.
    clock.now = at(120);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved", resolved_at: at(110) }]);
  });

  it("counts sales in a window, without those that were taken back", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await saleAt(backend, 1, 0, "1");
    const sales = { metric: "market.sales", operator: ">=", threshold: "3", window: "10m" };
    await insertRule(backend.db, { user_id, at: at(0.5), ...sales });
    await saleAt(backend, 2, 1, "1");
    await saleAt(backend, 3, 2, "1", { corrects: "ep_1-2" });
    clock.now = at(3);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toEqual([]);
    await saleAt(backend, 4, 4, "1");
    clock.now = at(4);
    await runUntilQuiet(ctx, ENGINE);
    clock.now = at(30);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { value: "2", fired_at: at(4), state: "resolved", resolved_at: at(10) },
    ]);
  });

  it("evaluates a history that is handed in now at its own instants", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    const replay = async (seq: number, minutes: number, price: string, now: number) => {
      const event = await aFlushEvent(
        seq,
        { kind: "listing", price, occurred_at: at(minutes) },
        { floor: { cause: "new_listing", floor: aFloor({ price }) } },
      );
      await storeEvents(backend.db, aBatch([{ ...event, received_at: at(now) }], { currency: "ETH" }));
    };
    await replay(1, -90, "50", 50_000);
    const change = { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h", for: "2m" };
    await insertRule(backend.db, { user_id, at: at(50_010), ...change });
    clock.now = at(50_020);
    await runUntilQuiet(ctx, ENGINE);
    await replay(2, 30, "44", 50_030);
    await replay(3, 40, "43", 50_030);
    clock.now = at(50_030.2);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", fired_at: at(32), value: "-12" }]);
    await replay(4, 41, "49", 50_030.5);
    clock.now = at(50_030.6);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved", resolved_at: at(41) }]);
  });

  it("begins when the log knew of a floor, in life as in a preview, though its event is older", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1) });
    clock.now = at(1);
    await runUntilQuiet(ctx, ENGINE);
    const bid = await aFlushEvent(2, { kind: "bid", price: "1", occurred_at: at(3), from: "0xa", to: null });
    await storeEvents(backend.db, aBatch([bid], { currency: "ETH" }));
    await floorAt(backend, 3, 2.9, "39");
    clock.now = at(4);
    await runUntilQuiet(ctx, ENGINE);
    const [alert] = await readAlerts(backend.db);
    expect(alert?.started_at).toBe(at(3));
    const span = { from: Date.parse(at(1)), to: Date.parse(at(4)), user_id };
    const { firings } = await previewRule(ctx, ruleFields(), span);
    expect(firings).toMatchObject([{ started_at: at(3), fired_at: at(3) }]);
  });

  it("notes a rule that cannot be evaluated, and tells its owner once", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    const rule_id = await insertRule(backend.db, { user_id, at: at(1) });
    await backend.db.execute(sql`update alert_rules set fields = '{"name": 1}' where id = ${rule_id}`);
    clock.now = at(2);
    await runUntilQuiet(ctx, ENGINE);
    await runUntilQuiet(ctx, ENGINE);
    const told = await readRows(
      backend.db,
      sql`select n.kind, r.error from notifications n join alert_rules r on r.user_id = n.user_id`,
      z.object({ kind: z.string(), error: z.string() }),
    );
    expect(told).toEqual([{ kind: "alert.rule_failed", error: expect.stringContaining("cannot read") }]);
  });

  it("drops its cursor where no rule looks, and evaluates nothing of whoever is suspended", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await floorAt(backend, 1, 0, "45");
    await insertRule(backend.db, { user_id, at: at(1) });
    clock.now = at(2);
    await runUntilQuiet(ctx, ENGINE);
    const cursors = () =>
      readRows(backend.db, sql`select source from alert_cursors`, z.object({ source: z.string() }));
    expect(await cursors()).toEqual([{ source: "collection:punks" }]);
    await backend.db.execute(sql`update users set status = 'suspended'`);
    await floorAt(backend, 2, 3, "39");
    await runUntilQuiet(ctx, ENGINE);
    expect(await cursors()).toEqual([]);
    expect(await readAlerts(backend.db)).toEqual([]);
  });
});
