import { expect, it } from "vitest";
import { fingerprintOf } from "../../../../shared/alerts/catalogue.ts";
import {
  type InstanceChange,
  type LoadedRule,
  MovedError,
} from "../../../../shared/alerts/commit/changes.ts";
import { commitRound } from "../../../../shared/alerts/commit/commit-round.ts";
import { initialState } from "../../../../shared/alerts/engine/step.ts";
import { loadRules } from "../../../../shared/alerts/evaluate/load-rules.ts";
import { engineCtx, readAlerts } from "../../../support/alerts/engine.ts";
import { insertRule } from "../../../support/alerts/rules.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { insertUser } from "../../../support/webhooks.ts";

const AT = "2026-01-01T00:00:00.000Z";
const NOW = Date.parse(AT);
const labels = { collection: "punks" };

/** A firing of a rule that nobody had a state of. */
async function firing(rule: LoadedRule): Promise<InstanceChange> {
  return {
    rule,
    fingerprint: await fingerprintOf(labels),
    labels,
    before: null,
    state: { ...initialState(NOW), status: "active", since: NOW, value: "39", fired: [NOW] },
    due_at: null,
    keep: true,
    transitions: [{ from: null, to: "active", at: NOW, value: "39", reason: "condition_met" }],
  };
}

describeOnEachBackend("committing an evaluation", (backend) => {
  it("lets one alert stand for a rule and series, also where no cursor keeps two evaluators apart", async () => {
    const user_id = await insertUser(backend.db);
    await insertRule(backend.db, { user_id, at: AT });
    const { ctx } = engineCtx(backend, { now: AT });
    const { rules } = await loadRules(backend.db, { metrics: ["market.floor"], subject: "punks", user_id });
    const [rule] = rules;
    if (rule === undefined) throw new Error("the rule is not found");
    const change = await firing(rule);
    const commit = (fingerprint: string) =>
      commitRound(ctx, {
        engine: "collection:punks",
        changes: [{ ...change, fingerprint }],
        errors: [],
        move: async () => {},
        message: () => "below",
      });
    const done = await Promise.allSettled(Array.from({ length: 5 }, () => commit(change.fingerprint)));
    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of done) if (each.status === "rejected") expect(each.reason).toBeInstanceOf(MovedError);
    expect(await readAlerts(backend.db)).toHaveLength(1);
  });

  it("refuses what was made from a rule that has been edited or turned off since", async () => {
    const user_id = await insertUser(backend.db);
    await insertRule(backend.db, { user_id, at: AT });
    const { ctx } = engineCtx(backend, { now: AT });
    const { rules } = await loadRules(backend.db, { metrics: ["market.floor"], subject: "punks", user_id });
    const [rule] = rules;
    if (rule === undefined) throw new Error("the rule is not found");
    for (const outdated of [
      { ...rule, revision: rule.revision + 1 },
      { ...rule, armed: false },
    ]) {
      const round = {
        engine: "collection:punks",
        changes: [await firing(outdated)],
        errors: [],
        move: async () => {},
        message: () => "below",
      };
      await expect(commitRound(ctx, round)).rejects.toBeInstanceOf(MovedError);
    }
    expect(await readAlerts(backend.db)).toEqual([]);
  });
});
