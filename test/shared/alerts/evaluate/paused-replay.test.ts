import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, type ruleFields } from "../../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const T0 = Date.UTC(2026, 0, 1);
const at = (minutes: number) => new Date(T0 + minutes * 60_000).toISOString();
const CHANGE = { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h" };

describeOnEachBackend("a replay that pauses for longer than the clock waits", (backend) => {
  async function begun(rule: Parameters<typeof ruleFields>[0]) {
    const clock = { now: at(50_000) };
    const user_id = await insertUser(backend.db);
    const { ctx } = engineCtx(backend, clock);
    let seq = 0;
    /** A floor of the past, received and evaluated so many minutes after the beginning. */
    const replay = async (minutes: number, price: string, after: number) => {
      seq += 1;
      const event = await aFlushEvent(
        seq,
        { kind: "listing", price, occurred_at: at(minutes) },
        { floor: { cause: "new_listing", floor: aFloor({ price }) } },
      );
      await storeEvents(
        backend.db,
        aBatch([{ ...event, received_at: at(50_000 + after) }], { currency: "ETH" }),
      );
      clock.now = at(50_000 + after + 0.01);
      await runUntilQuiet(ctx, ENGINE);
      return readAlerts(backend.db);
    };
    const wait = async (until: number) => {
      clock.now = at(50_000 + until);
      await runUntilQuiet(ctx, ENGINE);
      return readAlerts(backend.db);
    };
    await replay(-90, "50", 0);
    await insertRule(backend.db, { ...rule, user_id, at: at(50_000.1) });
    return { replay, wait };
  }

  it("does not tell the same fall a second time, and tells the next one", async () => {
    const { replay, wait } = await begun(CHANGE);
    expect(await replay(30, "44", 0.2)).toMatchObject([{ state: "active", fired_at: at(30) }]);
    // Nothing comes for so long that the hour is taken to have passed.
    const first = { state: "resolved", fired_at: at(30), resolved_at: at(90) };
    expect(await wait(10)).toMatchObject([first]);
    expect(await replay(40, "43", 10.1)).toMatchObject([first]);
    expect(await wait(20)).toHaveLength(1);
    expect(await replay(41, "49", 20.1)).toMatchObject([first]);
    expect(await replay(45, "42", 20.2)).toMatchObject([
      first,
      { state: "active", fired_at: at(45), value: "-16" },
    ]);
  });

  it("is late with nothing while the clock waits", async () => {
    const { replay } = await begun({ ...CHANGE, for: "5m" });
    expect(await replay(30, "44", 0.2)).toMatchObject([{ state: "pending", started_at: at(30) }]);
    const due = await readRows(
      backend.db,
      sql`select due_at >= ${at(50_001)}::timestamptz as waits from alert_states`,
      z.object({ waits: z.boolean() }),
    );
    expect(due).toEqual([{ waits: true }]);
  });

  it("goes on with what still stands", async () => {
    const { replay, wait } = await begun({ operator: "<", threshold: "45" });
    await replay(30, "44", 0.2);
    expect(await wait(10)).toMatchObject([{ state: "active", fired_at: at(30) }]);
    expect(await replay(40, "43", 10.1)).toMatchObject([{ state: "active", fired_at: at(30) }]);
    expect(await replay(41, "49", 10.2)).toMatchObject([{ state: "resolved", fired_at: at(30) }]);
    expect(await replay(45, "42", 10.3)).toMatchObject([
      { state: "resolved", fired_at: at(30) },
      { state: "active", fired_at: at(45) },
    ]);
  });
});
