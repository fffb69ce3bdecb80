import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { collectionEngine, userEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { notifications } from "../../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser, insertWebhook, readDeliveries } from "../../../support/webhooks.ts";

const T0 = Date.parse("2026-01-01T00:00:00Z");
const at = (minutes: number) => new Date(T0 + minutes * 60_000).toISOString();
const takeBack = (corrects: string) => ({ kind: "cancel", price: null, currency: null, corrects });

async function world(backend: Backend) {
  const clock = { now: at(0) };
  const user_id = await insertUser(backend.db);
  const { ctx, told } = engineCtx(backend, clock);
  let seq = 0;
  /** Tells an event `minutes` in, with the price of the floor where it moves that, and looks a second later. */
  const tell = async (minutes: number, event: object, floor?: string) => {
    seq += 1;
    const moved =
      floor === undefined ? {} : { floor: { cause: "correction" as const, floor: aFloor({ price: floor }) } };
    const made = await aFlushEvent(seq, { event_key: `e${seq}`, occurred_at: at(minutes), ...event }, moved);
    await storeEvents(backend.db, aBatch([{ ...made, received_at: at(minutes) }], { currency: "ETH" }));
    clock.now = at(minutes + 1 / 60);
    await runUntilQuiet(ctx, collectionEngine("punks"));
  };
  const rule = (fields: object) => insertRule(backend.db, { user_id, at: at(0.5), ...fields });
  const alerts = async () => (await readAlerts(backend.db)).map(({ transitions }) => transitions);
  return { ctx, told, clock, user_id, tell, rule, alerts };
}

const FIRED = ">active:condition_met";
const WITHDRAWN = "active>resolved:corrected";
const volume = { metric: "market.volume", operator: ">", threshold: "50", window: "1h" };

describeOnEachBackend("alerts on what turns out wrong", (backend) => {
  it("end as corrected when what they fired for is taken back, and whoever was told is told that", async () => {
    const { ctx, clock, user_id, tell, rule, told } = await world(backend);
    const hook = await insertWebhook(backend.db, ctx.seal, {
      ...{ user_id, url: "https://hooks.example.com/", topics: [{ event_type: "alert.*", collection: "*" }] },
    });
    await rule({ ...volume, keep_firing_for: "30m", group_wait: "0s", group_interval: "1s" });
    await tell(1, { price: "1" });
    await tell(2, { price: "100" });
    await runUntilQuiet(ctx, userEngine(user_id));
    await tell(3, takeBack("e2"));
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved", value: "1", resolved_reason: "corrected", transitions: [FIRED, WITHDRAWN] },
    ]);
    expect(told.events.at(-1)).toMatchObject({ kind: "alert", data: { resolved_reason: "corrected" } });
    const sent = (await readDeliveries(backend.db, hook.id)).map(({ type, data }) => [
      type,
      data.resolved_reason,
    ]);
    expect(sent).toEqual([
      ["alert.fired", null],
      ["alert.resolved", "corrected"],
    ]);
    clock.now = at(4);
    await runUntilQuiet(ctx, userEngine(user_id));
    // By the way that the firing went, whatever one wants to know of alerts that are over.
    const rows = await backend.db.select().from(notifications).orderBy(notifications.created_at);
    expect(rows.map(({ kind, title }) => [kind, title])).toEqual([
      ["alert.fired", "Floor below 40"],
      ["alert.fired", "Withdrawn: Floor below 40"],
    ]);
  });

  it("go on where what stands in its place is enough too", async () => {
    const { tell, rule, alerts } = await world(backend);
    await rule(volume);
    await rule({ metric: "market.last_price", operator: ">", threshold: "50" });
    await tell(1, { price: "100" });
    await tell(2, { price: "90", corrects: "e1", occurred_at: at(1) });
    expect(await alerts()).toEqual([[FIRED], [FIRED]]);
    await tell(3, { price: "5", corrects: "e2", occurred_at: at(1) });
    expect(await alerts()).toEqual([
      [FIRED, WITHDRAWN],
      [FIRED, WITHDRAWN],
    ]);
  });

  it("end also where nothing is left to know the metric by", async () => {
    const { tell, rule, alerts } = await world(backend);
    await rule({ metric: "market.top_sale", operator: ">", threshold: "50", window: "1h" });
    await tell(1, { price: "100" });
    await tell(2, takeBack("e1"));
    expect(await alerts()).toEqual([[FIRED, WITHDRAWN]]);
  });

  it("go by the floor that stands after the correction", async () => {
    const { tell, rule, alerts } = await world(backend);
    await rule({});
    await tell(1, { kind: "listing", price: "45" }, "45");
    await tell(2, { kind: "listing", price: "1" }, "1");
    await tell(3, { kind: "listing", price: "39", corrects: "e2" }, "39");
    expect(await alerts()).toEqual([[FIRED]]);
    await tell(4, takeBack("e3"), "45");
    expect(await alerts()).toEqual([[FIRED, WITHDRAWN]]);
  });

  it("are left alone by corrections of what they did not fire for", async () => {
    const { tell, rule, alerts, clock, ctx } = await world(backend);
    await rule({ ...volume, window: "10m", keep_firing_for: "1h" });
    await tell(1, { price: "100" });
    await tell(2, { kind: "listing", price: "3" });
    await tell(3, takeBack("e2"));
    expect(await alerts()).toEqual([[FIRED]]);
    // It held no more when the window had passed, and goes on for an hour since then.
    clock.now = at(20);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    await tell(21, takeBack("e1"));
    expect(await alerts()).toEqual([[FIRED]]);
    clock.now = at(72);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    expect(await alerts()).toEqual([[FIRED, "active>resolved:condition_cleared"]]);
  });

  it("are looked at once for a history that is told with its corrections", async () => {
    const { rule, alerts, ctx, clock } = await world(backend);
    await rule(volume);
    const told = [{ price: "100" }, takeBack("e1"), { price: "60" }];
    const events = await Promise.all(
      told.map((event, index) =>
        aFlushEvent(index + 1, { event_key: `e${index + 1}`, occurred_at: at(index + 1), ...event }),
      ),
    );
    await storeEvents(backend.db, aBatch(events, { currency: "ETH" }));
    clock.now = at(5);
    await runUntilQuiet(ctx, collectionEngine("punks"));
    expect(await alerts()).toEqual([[FIRED]]);
    const { rows } = await backend.db.execute(sql`select fired_at from alerts`);
    expect(rows).toHaveLength(1);
  });
});
