import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findMetric } from "../../../../shared/alerts/catalogue.ts";
import { checkRule } from "../../../../shared/alerts/check-rule.ts";
import { signalKey, signalSettingsOf, specOf } from "../../../../shared/alerts/engine/rule-spec.ts";
import { type Outcome, SignalGroup } from "../../../../shared/alerts/engine/signal-group.ts";
import { createSignal } from "../../../../shared/alerts/engine/signals/create-signal.ts";
import type { MetricPoint } from "../../../../shared/alerts/engine/signals/point.ts";
import { initialState } from "../../../../shared/alerts/engine/step.ts";
import type { SalePoint } from "../../../../shared/alerts/engine/types.ts";
import { AlertRuleFields } from "../../../../shared/contracts/alerts.ts";
import { NaiveEvaluator, type NaiveRule } from "../../../support/alerts/naive.ts";
import { readHistory, whyNoHistories } from "../../../support/histories.ts";

/** So many sales, somewhere in the history: the naive evaluator reads all of them at every instant. */
const SALES = 180;
const RULES = 50;
const METRICS = [
  ...["market.floor", "market.last_price", "market.sales", "market.volume", "market.average_price"],
  ...["market.top_sale", "market.record_sales", "market.wash_trade_share", "activity.count", "desk.bid"],
];

async function salesOf(file: string, from: number): Promise<SalePoint[]> {
  const events = await readHistory(file, "simulated", { kind_without_price: "transfer" });
  return events.slice(from, from + SALES).map((event) => ({
    at: Date.parse(event.occurred_at),
    price: event.price ?? null,
    items: event.quantity,
    token_id: event.token_id ?? null,
    buyer: event.to ?? null,
    seller: event.from ?? null,
  }));
}

/** Every so often one is told late, behind some that are newer. */
function outOfOrder(points: readonly SalePoint[]): SalePoint[] {
  const told = [...points];
  for (let place = 5; place + 6 < told.length; place += 11) {
    const [late] = told.splice(place, 1);
    if (late !== undefined) told.splice(place + (place % 6), 0, late);
  }
  return told;
}

/** What a metric is made of. Prices stand in for floors and readings, with gaps. */
function pointsOf(metric: string, sales: readonly SalePoint[]): MetricPoint[] {
  if (metric === "activity.count") return sales.map(({ at }) => ({ at }));
  if (metric !== "market.floor" && metric !== "desk.bid") return [...sales];
  return sales.map(({ at, price }, index) => ({ at, value: index % 17 === 16 ? null : price }));
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 2 });

/** A rule whose fields belong together, with thresholds that the history crosses. */
function aRule(sales: readonly SalePoint[]): fc.Arbitrary<AlertRuleFields> {
  const prices = sales.flatMap(({ price }) => price ?? []);
  const durations = oneOf("1m", "10m", "1h", "6h", "1d");
  const thresholds: Record<string, fc.Arbitrary<string>> = {
    "market.sales": oneOf("1", "2", "5"),
    "activity.count": oneOf("0", "2", "4"),
    "market.record_sales": oneOf("0", "1"),
    "market.wash_trade_share": oneOf("0", "12.5", "50"),
  };
  return fc
    .record({
      metric: oneOf(...METRICS),
      condition: oneOf("value" as const, "value" as const, "change_percent" as const, "absence" as const),
      operator: oneOf("<", "<=", ">", ">=", "==", "!="),
      window: oneOf("5m", "1h", "5h", "1d", "3d"),
      with_window: fc.boolean(),
      limits: fc.tuple(oneOf(...prices), optional(oneOf(...prices)), oneOf("-50", "-10", "0", "25", "200")),
      waits: fc.tuple(
        oneOf("0s", "0s", "10m", "3h"),
        oneOf("0s", "0s", "20m", "5h"),
        oneOf("0s", "0s", "1h", "2d"),
      ),
      absent: durations,
      no_data: oneOf("fire", "keep", "resolve"),
      active_hours: optional(oneOf(["08:00", "20:00"], ["21:30", "05:15"])),
      expires: optional(oneOf(...sales.slice(-60).map(({ at }) => new Date(at + 1234).toISOString()))),
      one_shot: oneOf(false, false, true),
    })
    .chain((drawn) =>
      fc.record({ drawn: fc.constant(drawn), limit: thresholds[drawn.metric] ?? fc.constant(null) }),
    )
    .map(({ drawn, limit }) => {
      const { metric, condition, operator, window, limits, waits } = drawn;
      const [price, clear, change] = limits;
      const absence = condition === "absence";
      const threshold = condition === "change_percent" ? change : (limit ?? price);
      const shape = findMetric(metric)?.shape;
      const windowed = condition === "change_percent" || (!absence && shape !== "step" && drawn.with_window);
      const [start = "", end = ""] = drawn.active_hours ?? [];
      return AlertRuleFields.parse({
        name: "simulated",
        ...{ metric, condition, no_data: drawn.no_data },
        operator: absence ? null : operator,
        threshold: absence ? null : threshold,
        clear_threshold: absence || condition === "change_percent" || limit !== null ? null : clear,
        window: windowed ? window : null,
        for: absence ? drawn.absent : waits[0],
        keep_firing_for: waits[1],
        cooldown: waits[2],
        active_hours: drawn.active_hours === null ? null : { start, end, time_zone: "UTC" },
        expires_at: drawn.expires,
        one_shot: drawn.one_shot,
      });
    })
    .filter((fields) => checkRule(fields).length === 0);
}

interface Told {
  id: string;
  transition: Outcome["transition"];
}

/** The engine, with a restart every so often: states go through JSON, signals begin anew with all that was. */
function evaluate(
  rules: readonly NaiveRule[],
  points: readonly MetricPoint[],
  begin: number,
  restart: number,
) {
  const told: Told[] = [];
  const sorted = Map.groupBy(rules, ({ fields }) => {
    const definition = findMetric(fields.metric);
    return definition === undefined ? "" : signalKey(signalSettingsOf(definition, fields));
  });
  for (const alike of sorted.values()) {
    const [first] = alike;
    const definition = findMetric(first?.fields.metric ?? "");
    if (first === undefined || definition === undefined) continue;
    const settings = signalSettingsOf(definition, first.fields);
    const signalFrom = (known: readonly MetricPoint[]) =>
      createSignal(definition, settings, { points: known });
    const instances = alike.map(({ id, fields }) => ({
      spec: specOf(id, fields),
      state: initialState(begin),
    }));
    let group = new SignalGroup(signalFrom([]), begin, instances);
    points.forEach((point, index) => {
      if (index % restart === restart - 1) {
        const kept = group.instances.map(({ spec, state }) => ({
          spec,
          state: JSON.parse(JSON.stringify(state)),
        }));
        group = new SignalGroup(signalFrom(points.slice(0, index)), group.clock, kept);
      }
      told.push(...group.push(point).map(({ spec, transition }) => ({ id: spec.id, transition })));
    });
    told.push(
      ...group
        .advance(group.clock + 40 * 86_400_000)
        .map(({ spec, transition }) => ({ id: spec.id, transition })),
    );
  }
  return told;
}

const byRule = (told: readonly Told[]) =>
  Object.fromEntries(
    [...Map.groupBy(told, ({ id }) => id)].map(([id, of]) => [id, of.map((each) => each.transition)]),
  );

describe.skipIf(whyNoHistories !== undefined)("the engine beside a naive evaluator, over real sales", () => {
  it.each([
    ["cryptopunks-onchain.csv", 250, 1],
    ["mooncats-adoptions.csv", 9000, 2],
  ])(
    "%s from %i on: both agree on every transition, its time, value and reason",
    async (file, from, seed) => {
      const sales = await salesOf(file, from);
      const begin = (sales[0]?.at ?? 0) - 1;
      const drawn = fc.sample(aRule(sales), { numRuns: RULES, seed });
      const rules = drawn.map((fields, index) => ({ id: `rule_${index}`, fields }));
      const told: Told[] = [];
      const expected: Told[] = [];
      for (const [metric, alike] of Map.groupBy(rules, ({ fields }) => fields.metric)) {
        const points = pointsOf(metric, outOfOrder(sales));
        const naive = new NaiveEvaluator(alike, begin);
        for (const point of points) expected.push(...naive.push(point));
        const end = Math.max(...points.map(({ at }) => at));
        expected.push(...naive.advance(end + 40 * 86_400_000));
        told.push(...evaluate(alike, points, begin, 37));
      }
      expect(byRule(told)).toEqual(byRule(expected));
      const fired = expected.filter(({ transition }) => transition.to === "active");
      expect(new Set(fired.map(({ id }) => rules[Number(id.slice(5))]?.fields.condition)).size).toBe(3);
      expect(fired.length).toBeGreaterThan(40);
      expect(fired.some(({ transition }) => transition.reason === "held_for")).toBe(true);
    },
  );
});
