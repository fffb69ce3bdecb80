import fc from "fast-check";
import { expect, it } from "vitest";
import { previewRule } from "../../../../shared/alerts/evaluate/preview.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import type { FlushEvent } from "../../../../shared/market/flush-batch.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../../support/alerts/engine.ts";
import { insertRule, ruleFields } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const ENGINE = collectionEngine("punks");
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
/** Where rules are enabled: what lies before is history to them. */
const BEGIN = 120;
const END = 700;

const RULES = [
  { metric: "market.floor", operator: "<", threshold: "5" },
  { metric: "market.floor", operator: ">=", threshold: "6", for: "20m", keep_firing_for: "10m" },
  { metric: "market.floor", condition: "change_percent", operator: "<=", threshold: "-20", window: "1h" },
  { metric: "market.last_price", operator: ">", threshold: "6", clear_threshold: "4", cooldown: "30m" },
  { metric: "market.last_price", condition: "change_percent", operator: ">", threshold: "50", window: "45m" },
  { metric: "market.sales", operator: ">=", threshold: "4", window: "1h" },
  { metric: "market.sales", operator: "<", threshold: "1", window: "30m", for: "15m" },
  { metric: "market.volume", condition: "change_percent", operator: ">=", threshold: "100", window: "1h" },
  { metric: "market.average_price", operator: "<=", threshold: "4.5", window: "90m", no_data: "resolve" },
  { metric: "market.top_sale", operator: ">=", threshold: "9", window: "20m" },
  { metric: "market.record_sales", operator: ">=", threshold: "1", window: "1h" },
  { metric: "market.wash_trade_share", operator: ">", threshold: "20", window: "2h" },
  { metric: "market.sales", condition: "absence", operator: null, threshold: null, for: "25m" },
];

const Step = fc.record({
  gap: fc.integer({ min: 0, max: 25 }),
  sale: fc.boolean(),
  price: fc.integer({ min: 1, max: 10 }).map(String),
  token_id: fc.constantFrom("1", "2"),
  from: fc.constantFrom("0xa", "0xb", "0xc"),
  to: fc.constantFrom("0xa", "0xb", "0xc"),
  /** Whether the engine is woken after it. */
  woken: fc.boolean(),
});
type Step = typeof Step extends fc.Arbitrary<infer T> ? T : never;

async function eventsOf(steps: readonly Step[]) {
  const events: { event: FlushEvent; minutes: number; woken: boolean }[] = [];
  let minutes = 0;
  for (const [index, { gap, sale, price, token_id, from, to, woken }] of steps.entries()) {
    minutes += gap;
    const occurred_at = at(minutes);
    const event = sale
      ? await aFlushEvent(index + 1, { price, token_id, from, to, occurred_at })
      : await aFlushEvent(
          index + 1,
          { kind: "listing", price, occurred_at },
          { floor: { cause: "new_listing", floor: aFloor({ price }) } },
        );
    events.push({ event, minutes, woken });
  }
  return events;
}

async function insertRules(backend: Backend) {
  const user_id = await insertUser(backend.db);
  const ids: string[] = [];
  for (const rule of RULES) ids.push(await insertRule(backend.db, { user_id, at: at(BEGIN), ...rule }));
  return { user_id, ids };
}

/** What rules did, by the place of each in `RULES`. */
async function firings(backend: Backend, ids: string[]) {
  const found = await readAlerts(backend.db);
  return found
    .filter(({ fired_at }) => fired_at !== null)
    .map(({ rule_id, started_at, fired_at, resolved_at, resolved_reason }) => {
      return { rule: ids.indexOf(rule_id), started_at, fired_at, resolved_at, resolved_reason };
    })
    .sort((left, right) => left.rule - right.rule || (`${left.fired_at}` < `${right.fired_at}` ? -1 : 1));
}

async function live(backend: Backend, steps: readonly Step[]) {
  const clock = { now: at(BEGIN) };
  const { ids } = await insertRules(backend);
  const { ctx } = engineCtx(backend, clock);
  let enabled = false;
  for (const { event, minutes, woken } of await eventsOf(steps)) {
    if (minutes >= BEGIN && !enabled) await runUntilQuiet(ctx, ENGINE);
    enabled ||= minutes >= BEGIN;
    await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
    clock.now = at(Math.max(minutes, BEGIN));
    if (woken && enabled) await runUntilQuiet(ctx, ENGINE);
  }
  clock.now = at(END);
  await runUntilQuiet(ctx, ENGINE);
  return firings(backend, ids);
}

async function afterwards(backend: Backend, steps: readonly Step[]) {
  const { ids, user_id } = await insertRules(backend);
  const events = (await eventsOf(steps)).map(({ event }) => event);
  await storeEvents(backend.db, aBatch(events, { currency: "ETH" }));
  const { ctx } = engineCtx(backend, { now: at(END) });
  await runUntilQuiet(ctx, ENGINE);
  const span = { from: Date.parse(at(BEGIN)), to: Date.parse(at(END)), user_id };
  const previews = [];
  for (const rule of RULES) previews.push(await previewRule(ctx, ruleFields(rule), span));
  const previewed = previews.flatMap((preview, rule) =>
    preview.firings.map(({ labels: _, value: __, ...firing }) => ({ rule, ...firing })),
  );
  return { evaluated: await firings(backend, ids), previewed };
}

describeOnEachBackend("the same history", (backend) => {
  it("gives the same alerts, evaluated as it comes, all at once, and in a preview", async () => {
    let fired = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { minLength: 25, maxLength: 40 }), async (steps) => {
        await backend.empty();
        const asItCame = await live(backend, steps);
        await backend.empty();
        const { evaluated, previewed } = await afterwards(backend, steps);
        expect(evaluated).toEqual(asItCame);
        expect(previewed).toEqual(asItCame);
        fired += asItCame.length;
      }),
      { numRuns: 4, endOnFailure: true },
    );
    expect(fired).toBeGreaterThan(10);
  }, 120_000);
});
