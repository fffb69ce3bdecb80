import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { acknowledgeAlert, disableRule, resolveAlert } from "../../../../shared/alerts/commit/by-hand.ts";
import { MovedError } from "../../../../shared/alerts/commit/changes.ts";
import { runEngine } from "../../../../shared/alerts/run-engine.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser, insertWebhook } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
const EVALUATORS = 6;

async function floors(
  backend: Backend,
  moves: readonly (readonly [minutes: number, price: string])[],
  first = 1,
) {
  const events = await Promise.all(
    moves.map(([minutes, price], index) =>
      aFlushEvent(
        first + index,
        { kind: "listing", price, occurred_at: at(minutes) },
        { floor: { cause: "new_listing", floor: aFloor({ price }) } },
      ),
    ),
  );
  await storeEvents(backend.db, aBatch(events, { currency: "ETH" }));
}

/** As long as others are faster, an engine's object tries again. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 20; tries++)
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof MovedError) && !String(error).includes("deadlock")) throw error;
    }
  throw new Error("others were faster every time");
}

const messages = (backend: Backend) =>
  readRows(
    backend.db,
    sql`select m.id, m.type from messages m order by m.type, m.id`,
    z.object({ id: z.string(), type: z.string() }),
  );

async function prepared(backend: Backend) {
  const clock = { now: at(2) };
  const user_id = await insertUser(backend.db);
  const { ctx, told } = engineCtx(backend, clock);
  await insertWebhook(backend.db, ctx.seal, {
    user_id,
    url: "https://hooks.example.org/",
    topics: [{ event_type: "alert.*", collection: "*" }],
  });
  await floors(backend, [[0, "45"]]);
  return { user_id, clock, ctx, told };
}

describeOnEachBackend("several evaluators at once", (backend) => {
  it("fire once for each episode, and write every transition and message once", async () => {
    const { user_id, clock } = await prepared(backend);
    for (let rule = 0; rule < 5; rule++)
      await insertRule(backend.db, {
        user_id,
        at: at(1),
        threshold: String(40 + rule),
        name: `rule ${rule}`,
      });
    await floors(
      backend,
      [
        [3, "39"],
        [4, "50"],
        [5, "39"],
      ],
      2,
    );
    clock.now = at(6);
    await Promise.all(
      Array.from({ length: EVALUATORS }, () =>
        insist(() => runUntilQuiet(engineCtx(backend, clock).ctx, ENGINE)),
      ),
    );
    const found = await readAlerts(backend.db);
    expect(found.filter(({ state }) => state === "active")).toHaveLength(5);
    expect(found.filter(({ state }) => state === "resolved")).toHaveLength(5);
    expect(found.flatMap(({ transitions }) => transitions)).toHaveLength(15);
    expect((await messages(backend)).map(({ type }) => type)).toEqual([
      ...Array<string>(10).fill("alert.fired"),
      ...Array<string>(5).fill("alert.resolved"),
    ]);
  });

  it("leave nothing behind where one dies before its commit, and make up for it", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(1) });
    await runUntilQuiet(ctx, ENGINE);
    await floors(backend, [[3, "39"]], 2);
    clock.now = at(3);
    const dying = {
      ...ctx,
      transact: <T>(work: Parameters<typeof ctx.transact<T>>[0]) =>
        ctx.transact<T>(async (tx) => {
          await work(tx);
          throw new Error("killed");
        }),
    };
    await expect(runEngine(dying, ENGINE)).rejects.toThrow("killed");
    expect(await readAlerts(backend.db)).toEqual([]);
    expect(await messages(backend)).toEqual([]);
    await runUntilQuiet(engineCtx(backend, clock).ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", fired_at: at(3) }]);
    expect(await messages(backend)).toHaveLength(1);
  });

  it("change nothing where the commit went through and its answer was lost", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(1) });
    await floors(backend, [[3, "39"]], 2);
    clock.now = at(3);
    const deaf = {
      ...ctx,
      transact: async <T>(work: Parameters<typeof ctx.transact<T>>[0]): Promise<T> => {
        await ctx.transact<T>(work);
        throw new Error("the answer was lost");
      },
    };
    await expect(runEngine(deaf, ENGINE)).rejects.toThrow("lost");
    await runUntilQuiet(ctx, ENGINE);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", revision: 1 }]);
    expect(await messages(backend)).toHaveLength(1);
  });

  it("go on beside somebody who acknowledges: neither undoes the other", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(1) });
    await floors(backend, [[3, "39"]], 2);
    clock.now = at(3);
    await runUntilQuiet(ctx, ENGINE);
    const [alert] = await readAlerts(backend.db);
    const alert_id = alert?.id ?? "";
    await floors(backend, [[4, "38"]], 3);
    clock.now = at(4);
    const by = { alert_id, user_id, actor: user_id, comment: "on it" };
    const acknowledge = () => ctx.transact((tx) => acknowledgeAlert(tx, ctx, by));
    await Promise.all([
      ...Array.from({ length: 3 }, () => insist(() => runUntilQuiet(engineCtx(backend, clock).ctx, ENGINE))),
      ...Array.from({ length: 3 }, () => insist(acknowledge)),
    ]);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "acknowledged", transitions: [">active:condition_met", "active>acknowledged:acknowledged"] },
    ]);
    await floors(backend, [[5, "45"]], 4);
    clock.now = at(5);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved", resolved_at: at(5) }]);
    expect((await messages(backend)).map(({ type }) => type)).toEqual([
      "alert.acknowledged",
      "alert.fired",
      "alert.resolved",
    ]);
    await expect(acknowledge()).rejects.toMatchObject({ code: "conflict" });
  });

  it("raise nothing anew while what was resolved by hand goes on, and again once it had stopped", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    await insertRule(backend.db, { user_id, at: at(1) });
    await floors(backend, [[3, "39"]], 2);
    clock.now = at(3);
    await runUntilQuiet(ctx, ENGINE);
    const [alert] = await readAlerts(backend.db);
    const by = { alert_id: alert?.id ?? "", user_id, actor: user_id, comment: null };
    await ctx.transact((tx) => resolveAlert(tx, ctx, by));
    await ctx.transact((tx) => resolveAlert(tx, ctx, by));
    await floors(backend, [[4, "38"]], 3);
    clock.now = at(4);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved", resolved_reason: "resolved_by_hand" },
    ]);
    await floors(
      backend,
      [
        [5, "41"],
        [6, "39"],
      ],
      4,
    );
    clock.now = at(6);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved" },
      { state: "active", fired_at: at(6) },
    ]);
  });

  it("end what a rule raised when it is turned off, whoever evaluates meanwhile", async () => {
    const { user_id, clock, ctx } = await prepared(backend);
    const rule_id = await insertRule(backend.db, { user_id, at: at(1) });
    await floors(backend, [[3, "39"]], 2);
    clock.now = at(3);
    await runUntilQuiet(ctx, ENGINE);
    await floors(
      backend,
      [
        [4, "45"],
        [5, "39"],
      ],
      3,
    );
    clock.now = at(5);
    await Promise.all([
      insist(() => runUntilQuiet(engineCtx(backend, clock).ctx, ENGINE)),
      insist(() => ctx.transact((tx) => disableRule(tx, ctx, { rule_id }))),
    ]);
    await runUntilQuiet(ctx, ENGINE);
    const found = await readAlerts(backend.db);
    expect(found.filter(({ state }) => state !== "resolved")).toEqual([]);
    const states = await readRows(backend.db, sql`select rule_id from alert_states`, z.unknown());
    expect(states).toEqual([]);
  });
});
