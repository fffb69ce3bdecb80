import { findMetric } from "../../shared/alerts/catalogue.ts";
import { RuleIndex } from "../../shared/alerts/engine/rule-index.ts";
import { signalSettingsOf, specOf } from "../../shared/alerts/engine/rule-spec.ts";
import { SignalGroup } from "../../shared/alerts/engine/signal-group.ts";
import { createSignal } from "../../shared/alerts/engine/signals/create-signal.ts";
import type { MetricPoint } from "../../shared/alerts/engine/signals/point.ts";
import { initialState, step } from "../../shared/alerts/engine/step.ts";
import type { InstanceState, RuleSpec } from "../../shared/alerts/engine/types.ts";
import { AlertRuleFields } from "../../shared/contracts/alerts.ts";

const METRIC = "market.floor";
const BEGIN = Date.UTC(2026, 0, 1);

export interface AlertRun {
  /** Medians, in microseconds for one changed metric. */
  median_us: number;
  p99_us: number;
  scan_median_us: number;
  /** Transitions for one changed metric, on average. */
  transitions: number;
}

interface Rule {
  collection: string;
  spec: RuleSpec;
  state: InstanceState;
}

/** The same numbers in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function makeRules(count: number, collections: number, random: () => number): Rule[] {
  return Array.from({ length: count }, (_, index) => {
    const fields = AlertRuleFields.parse({
      name: "floor",
      metric: METRIC,
      labels: { collection: `c${index % collections}` },
      operator: index % 2 === 0 ? "<" : ">",
      // Around a floor of 40, as people set them: close to it and far off.
      threshold: (40 * (0.25 + 1.5 * random())).toFixed(4),
      cooldown: "10m",
    });
    return {
      collection: `c${index % collections}`,
      spec: specOf(`rule_${index}`, fields),
      state: initialState(BEGIN),
    };
  });
}

function makeIndex(rules: readonly Rule[]): RuleIndex<MetricPoint> {
  const definition = findMetric(METRIC);
  if (definition === undefined) throw new Error(`there is no metric ${METRIC}`);
  const settings = signalSettingsOf(definition, { condition: "value", window: null, for: "0s" });
  const index = new RuleIndex<MetricPoint>();
  for (const [collection, own] of Map.groupBy(rules, (rule) => rule.collection)) {
    const signal = createSignal(definition, settings, { points: [{ at: BEGIN, value: "40" }] });
    const group = new SignalGroup(signal, BEGIN, own);
    group.advance(BEGIN);
    index.add(METRIC, collection, group);
  }
  return index;
}

/** What the index spares: every rule is looked at, and those on the metric are evaluated. */
function scan(rules: Rule[], collection: string, value: string, t: number): void {
  for (const rule of rules)
    if (rule.collection === collection)
      rule.state = step(rule.spec, rule.state, { kind: "value", value }, t).state;
}

const rank = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Floors that wander by up to half a percent at a time, by so many rules over so many collections. */
export function measureAlerts(settings: {
  rules: number;
  collections: number;
  changes: number;
  scans: number;
}): AlertRun {
  const random = createRandom(5);
  const rules = makeRules(settings.rules, settings.collections, random);
  const index = makeIndex(rules);
  const floors = new Map<string, number>();
  const next = () => {
    const collection = `c${Math.floor(random() * settings.collections)}`;
    const floor = (floors.get(collection) ?? 40) * (1 + (random() - 0.5) / 100);
    floors.set(collection, floor);
    return { collection, value: floor.toFixed(4) };
  };
  const times: number[] = [];
  let transitions = 0;
  let t = BEGIN;
  for (let change = 0; change < settings.changes; change++) {
    const { collection, value } = next();
    t += 1000;
    const before = performance.now();
    const outcomes = index.push(METRIC, collection, { at: t, value });
    times.push((performance.now() - before) * 1000);
    transitions += outcomes.length;
  }
  const scans: number[] = [];
  for (let change = 0; change < settings.scans; change++) {
    const { collection, value } = next();
    t += 1000;
    const before = performance.now();
    scan(rules, collection, value, t);
    scans.push((performance.now() - before) * 1000);
  }
  times.sort((left, right) => left - right);
  scans.sort((left, right) => left - right);
  return {
    median_us: rank(times, 0.5),
    p99_us: rank(times, 0.99),
    scan_median_us: rank(scans, 0.5),
    transitions: transitions / settings.changes,
  };
}
