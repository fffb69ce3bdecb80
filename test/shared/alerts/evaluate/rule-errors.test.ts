import { expect, it } from "vitest";
import { findMetric } from "../../../../shared/alerts/catalogue.ts";
import type { LoadedRule } from "../../../../shared/alerts/commit/changes.ts";
import { specOf } from "../../../../shared/alerts/engine/rule-spec.ts";
import { evaluateRound } from "../../../../shared/alerts/evaluate/evaluate-round.ts";
import type { History, SourceRound } from "../../../../shared/alerts/sources/source.ts";
import { ruleFields } from "../../../support/alerts/rules.ts";

const NOW = Date.UTC(2026, 0, 1);

function aRule(
  id: string,
  fields: Parameters<typeof ruleFields>[0],
  error: string | null = null,
): LoadedRule {
  const parsed = ruleFields(fields);
  return {
    ...{ id, user_id: "usr_1", metric: parsed.metric, subject: "*", enabled_at: NOW - 10, armed: true },
    ...{ revision: 1, error, name: parsed.name, fields: parsed, spec: specOf(id, parsed) },
  };
}

/** A floor of 39 now, in a collection. */
function aRound(slug: string, history: History = { points: [], high: null }): SourceRound {
  const definition = findMetric("market.floor");
  if (definition === undefined) throw new Error("the catalogue has the floor");
  const points = [{ index: 0, point: { at: NOW, value: "39" } }];
  const stream = { definition, labels: { collection: slug }, fingerprint: slug, points, present: null };
  return {
    entries: [{ at: NOW, received_at: NOW }],
    streams: [stream],
    ...{
      currency: "ETH",
      unit: null,
      clock: NOW - 1,
      logged: null,
      begins: false,
      more: false,
      settles_at: null,
    },
    readHistory: async (needs) => needs.map(() => history),
    move: async () => {},
  };
}

it("keeps the error of one collection, whichever others can be read, and ends it with that one", async () => {
  const every = { labels: {} };
  const broken = await evaluateRound(aRound("punks", { error: "too much" }), [aRule("r", every)], [], {
    now: NOW,
    told: new Set(),
  });
  expect(broken.errors).toMatchObject([{ error: "[collection punks] too much" }]);
  const known = aRule("r", every, "[collection punks] too much");
  const errorsIn = async (slug: string, history?: History) =>
    (await evaluateRound(aRound(slug, history), [known], [], { now: NOW, told: new Set() })).errors.map(
      ({ error }) => error,
    );
  expect(await errorsIn("punks", { error: "too much" })).toEqual([]);
  expect(await errorsIn("apes")).toEqual([]);
  expect(await errorsIn("apes", { error: "too much" })).toEqual([]);
  expect(await errorsIn("punks")).toEqual([null]);
  const unreadable = aRule("r", every, "This version cannot read the rule as it is kept; write it anew.");
  expect(
    (await evaluateRound(aRound("apes"), [unreadable], [], { now: NOW, told: new Set() })).errors,
  ).toMatchObject([{ error: null }]);
});

it("evaluates the other rules where one of them fails", async () => {
  const sound = aRule("sound", {});
  const odd = aRule("odd", { threshold: "41" });
  odd.spec.active_hours = { days: ["mon"], start: "08:00", end: "09:00", time_zone: "Mars/Olympus" };
  const { changes, errors, faults } = await evaluateRound(aRound("punks"), [odd, sound], [], {
    now: NOW,
    told: new Set(),
  });
  expect(changes).toMatchObject([{ rule: { id: "sound" }, state: { status: "active" } }]);
  expect(errors).toMatchObject([
    { rule: { id: "odd" }, error: expect.stringContaining("no fault of yours") },
  ]);
  expect(faults).toHaveLength(1);
});

it("fires a rule that fires once for one of the series of a round only", async () => {
  const both = aRound("punks");
  const [apes] = aRound("apes").streams;
  if (apes !== undefined) both.streams.push(apes);
  const once = aRule("once", { labels: {}, one_shot: true });
  const always = aRule("always", { labels: {} });
  const { changes } = await evaluateRound(both, [once, always], [], { now: NOW, told: new Set() });
  const fired = changes.filter(({ transitions }) => transitions.some(({ to }) => to === "active"));
  expect(fired.map(({ rule, fingerprint }) => `${rule.id} ${fingerprint}`).sort()).toEqual([
    "always apes",
    "always punks",
    "once punks",
  ]);
});
