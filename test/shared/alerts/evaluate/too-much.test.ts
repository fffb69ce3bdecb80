import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { previewRule } from "../../../../shared/alerts/evaluate/preview.ts";
import { MOST_HISTORY } from "../../../../shared/alerts/sources/source.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();

describeOnEachBackend("a window that holds more sales than can be read", (backend) => {
  it("is an error of the rules that have it, told once, and of no other; then it is over", async () => {
    const clock = { now: at(2) };
    const { ctx, told } = engineCtx(backend, clock);
    const user_id = await insertUser(backend.db);
    const first = await aFlushEvent(1, { occurred_at: at(0) });
    await storeEvents(backend.db, aBatch([first], { currency: "ETH" }));
    await backend.db.execute(sql`
      insert into market_events (collection_id, epoch, seq, event_key, event_key_hash, kind, price, unit, currency, quantity,
        source, occurred_at, received_at)
      select id, 'ep_1', n, 'k' || n, decode(md5(n::text), 'hex'), 'sale', 1, 'ETH', 'ETH', 1, 'push',
        ${at(0)}::timestamptz, ${at(0)}::timestamptz
      from collections, generate_series(2, ${MOST_HISTORY + 10}::int) n`);
    await backend.db.execute(sql`update collection_state set seq = ${MOST_HISTORY + 10}::int`);
    const sales = { metric: "market.sales", operator: ">=", threshold: "1" };
    const wide = await insertRule(backend.db, {
      user_id,
      at: at(60),
      ...sales,
      window: "2h",
      on_error: "fire",
    });
    const narrow = await insertRule(backend.db, { user_id, at: at(60), ...sales, window: "30m" });
    clock.now = at(61);
    await runUntilQuiet(ctx, ENGINE);
    await runUntilQuiet(ctx, ENGINE);
    const errors = await readRows(
      backend.db,
      sql`select id, error from alert_rules order by id`,
      z.object({ id: z.string(), error: z.string().nullable() }),
    );
    expect(errors).toEqual([
      { id: wide, error: expect.stringContaining("more than 50,000") },
      { id: narrow, error: null },
    ]);
    expect(await readAlerts(backend.db)).toMatchObject([{ rule_id: wide, state: "active", health: "error" }]);
    const notified = await readRows(
      backend.db,
      sql`select kind from notifications`,
      z.object({ kind: z.string() }),
    );
    expect(notified.filter(({ kind }) => kind === "alert.rule_failed")).toHaveLength(1);
    expect(told.woken).toContain(`user:${user_id}`);
    const span = { from: Date.parse(at(-10)), to: Date.parse(at(60)), user_id };
    await expect(previewRule(ctx, ruleFields(sales), span)).rejects.toMatchObject({
      code: "invalid_request",
    });
    // Three hours on, the window is empty.
    const later = await aFlushEvent(MOST_HISTORY + 11, { kind: "bid", occurred_at: at(200) });
    await storeEvents(backend.db, aBatch([later], { currency: "ETH" }));
    clock.now = at(200);
    await runUntilQuiet(ctx, ENGINE);
    await runUntilQuiet(ctx, ENGINE);
    const after = await readRows(
      backend.db,
      sql`select error from alert_rules where id = ${wide}`,
      z.object({ error: z.string().nullable() }),
    );
    expect(after).toEqual([{ error: null }]);
    expect(await readAlerts(backend.db)).toMatchObject([{ rule_id: wide, state: "resolved" }]);
  }, 120_000);
});
