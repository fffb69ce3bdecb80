import { expect, it } from "vitest";
import { previewRule } from "../../../../shared/alerts/evaluate/preview.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const FELL = { condition: "change_percent", operator: "<=", threshold: "-1", window: "24h" };

describeOnEachBackend("rules on floors that are known late", (backend) => {
  /** A listing told at noon of the 10th at the latest; with `floor`, it becomes the floor. */
  const listing = async (
    seq: number,
    occurred_at: string,
    price: string,
    floor: boolean,
    received_at: string,
  ) => {
    const order = { token_id: `${seq}`, order_id: `o${seq}`, from: `0x${seq}`, to: null };
    const moved = { cause: "new_listing" as const, floor: aFloor({ price, listed_at: occurred_at }) };
    const event = await aFlushEvent(
      seq,
      { kind: "listing", price, occurred_at, ...order },
      floor ? { floor: moved } : {},
    );
    await storeEvents(backend.db, aBatch([{ ...event, received_at }], { currency: "ETH" }));
  };

  /** Something that only moves the clock. */
  const bid = async (seq: number, occurred_at: string) => {
    const event = await aFlushEvent(seq, { kind: "bid", price: "1", occurred_at });
    await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
  };

  it("compare with the floor of a day ago, also where its listing was told only now", async () => {
    const user_id = await insertUser(backend.db);
    const clock = { now: "2026-01-09T18:31:00.000Z" };
    const { ctx } = engineCtx(backend, clock);
    await insertRule(backend.db, { user_id, at: "2026-01-09T18:00:00Z", ...FELL });
    await listing(1, "2026-01-09T18:30:00.000Z", "12.7351", true, clock.now);
    await runUntilQuiet(ctx, ENGINE);
    clock.now = "2026-01-10T12:00:00.000Z";
    await bid(2, clock.now);
    await runUntilQuiet(ctx, ENGINE);
    // A day ago nothing is known to have stood: a change since nothing is no number.
    expect(await readAlerts(backend.db)).toEqual([]);
    await listing(3, "2026-01-08T23:31:00.000Z", "12.9128", false, clock.now);
    await runUntilQuiet(ctx, ENGINE);
    const [alert] = await readAlerts(backend.db);
    expect(alert).toMatchObject({ state: "active", fired_at: "2026-01-10T12:00:00.000Z" });
    expect(Number(alert?.value).toFixed(3)).toBe("-1.376");
    // It says the same when it is read again as history, and ends when the day has passed.
    clock.now = "2026-01-10T18:29:00.000Z";
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active" }]);
    clock.now = "2026-01-10T18:31:00.000Z";
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "resolved", resolved_at: "2026-01-10T18:30:00.000Z", resolved_reason: "condition_cleared" },
    ]);
  });

  it("are previewed with the floors that stood then", async () => {
    await listing(1, "2026-01-09T18:30:00.000Z", "12.7351", true, "2026-01-09T18:30:00.000Z");
    await listing(2, "2026-01-08T23:31:00.000Z", "12.9128", false, "2026-01-10T12:00:00.000Z");
    const span = {
      ...{
        from: Date.parse("2026-01-08T23:00:00Z"),
        to: Date.parse("2026-01-10T23:00:00Z"),
        user_id: "usr_1",
      },
    };
    const tried = await previewRule({ db: backend.db }, ruleFields(FELL), span);
    expect(tried.firings).toMatchObject([
      { fired_at: "2026-01-09T23:31:00.000Z", resolved_at: "2026-01-10T18:30:00.000Z" },
    ]);
    const over = await previewRule(
      { db: backend.db },
      ruleFields({ operator: ">", threshold: "12.8" }),
      span,
    );
    expect(over.firings).toMatchObject([
      { fired_at: "2026-01-08T23:31:00.000Z", value: "12.9128", resolved_at: "2026-01-09T18:30:00.000Z" },
    ]);
  });

  it("take nothing that came late for news", async () => {
    const user_id = await insertUser(backend.db);
    const clock = { now: "2026-01-09T18:31:00.000Z" };
    const { ctx } = engineCtx(backend, clock);
    await insertRule(backend.db, { user_id, at: "2026-01-09T18:00:00Z", operator: ">", threshold: "12.8" });
    await insertRule(backend.db, {
      ...{
        user_id,
        at: "2026-01-09T18:00:00Z",
        condition: "absence",
        operator: null,
        threshold: null,
        for: "1h",
      },
    });
    await listing(1, "2026-01-09T18:30:00.000Z", "12.7351", true, clock.now);
    await runUntilQuiet(ctx, ENGINE);
    clock.now = "2026-01-09T20:00:00.000Z";
    await bid(2, clock.now);
    await listing(3, "2026-01-09T18:00:00.000Z", "12.9128", false, clock.now);
    await runUntilQuiet(ctx, ENGINE);
    expect(await readAlerts(backend.db)).toMatchObject([
      { fired_at: "2026-01-09T19:30:00.000Z", state: "active" },
    ]);
  });
});
