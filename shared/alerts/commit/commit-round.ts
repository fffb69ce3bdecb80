import { sql } from "drizzle-orm";
import type { Reader } from "../../db/rows.ts";
import { alert_rules } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import type { Transition } from "../engine/types.ts";
import { type AfterCommit, NOTHING_TOLD, recordTransitions } from "../tell/record-transitions.ts";
import { type InstanceChange, MovedError, type RuleHead } from "./changes.ts";
import { applyTransitions, isUpToDate } from "./episode.ts";
import { lockAlerts, writeAlerts, writeTransitions } from "./write-alerts.ts";
import { type RuleError, writeErrors } from "./write-errors.ts";
import { type StateWrite, writeStates } from "./write-states.ts";

/** What one evaluation of a source came to. */
export interface Round {
  /** Engine that looks after these series. */
  engine: string;
  changes: readonly InstanceChange[];
  /** Rules that cannot be evaluated any more, or can again. */
  errors: readonly RuleError[];
  /** Moves the source's cursor and holds its row; throws `MovedError` where it is not where it was read. */
  move(tx: Reader): Promise<void>;
  /** What a transition says in words. */
  message(change: InstanceChange, transition: Transition): string;
}

type CommitCtx = Pick<Ctx, "db" | "transact" | "now">;

/**
 * Writes an evaluation in one transaction: all of it, if nothing that it was made from has changed since, or nothing.
 * @returns what is left to do after the commit.
 * @throws MovedError where something changed: read and evaluate again.
 */
export async function commitRound(ctx: CommitCtx, round: Round): Promise<AfterCommit> {
  if (round.changes.length === 0 && round.errors.length === 0) {
    await round.move(ctx.db);
    return NOTHING_TOLD;
  }
  return ctx.transact(async (tx) => {
    await round.move(tx);
    const rules = new Map(
      [...round.changes, ...round.errors].map(({ rule }): [string, RuleHead] => [rule.id, rule]),
    );
    await holdRules(tx, [...rules.values()]);
    const { items, writes, rows } = await carry(tx, ctx, round);
    await writeStates(tx, round.engine, writes, ctx.now());
    await writeAlerts(tx, rows);
    await writeTransitions(tx, items, ctx.now());
    await noteFirings(tx, round.changes);
    const notifications = await writeErrors(tx, ctx, round.errors);
    const told = await recordTransitions(tx, ctx, items);
    return { ...told, notifications: [...told.notifications, ...notifications] };
  });
}

/** Rules must be as they were read: one that was edited or turned off meanwhile must not fire by what it was. */
async function holdRules(tx: Tx, rules: readonly RuleHead[]): Promise<void> {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const { id, revision, enabled, armed } = alert_rules;
  const held = await tx
    .select({ id, revision, enabled, armed })
    .from(alert_rules)
    // As one parameter: Postgres takes 65,535, and an event may change more rules.
    .where(sql`${id} in (select json_array_elements_text(${JSON.stringify([...byId.keys()])}::json))`)
    .orderBy(id)
    .for("no key update");
  const same = held.filter((row) => {
    const rule = byId.get(row.id);
    return row.enabled && row.revision === rule?.revision && row.armed === rule.armed;
  });
  if (same.length !== rules.length) throw new MovedError("a rule");
}

/** Carries every change into its alert. */
async function carry(tx: Tx, ctx: Pick<Ctx, "now">, round: Round) {
  const touchesAlert = ({ before, transitions, state }: InstanceChange) =>
    before?.alert_id != null && (transitions.length > 0 || !isUpToDate(before.state, state));
  const standing = await lockAlerts(
    tx,
    round.changes.flatMap((change) => (touchesAlert(change) ? [change.before?.alert_id ?? ""] : [])),
  );
  const episodes = round.changes.map((change) => {
    const before = standing.get(change.before?.alert_id ?? "") ?? null;
    if (before === null && !touchesAlert(change) && change.transitions.length === 0)
      return { change, rows: [], items: [], alert_id: change.before?.alert_id ?? null };
    const message = (transition: Transition) => round.message(change, transition);
    return {
      change,
      ...applyTransitions(change, before, change.transitions, { now: ctx.now(), message }),
    };
  });
  return {
    items: episodes.flatMap(({ items }) => items),
    rows: episodes.flatMap(({ rows }) => rows),
    writes: episodes.flatMap(({ change, alert_id }) => {
      const { rule, fingerprint, labels, before, state, due_at, keep } = change;
      if (!keep && before === null) return [];
      const write: StateWrite = {
        ...{ rule_id: rule.id, fingerprint, labels, alert_id, due_at },
        state: keep ? state : null,
        revision: before?.revision ?? null,
      };
      return [write];
    }),
  };
}

/** When rules fired last; those that fire once are not armed any more. */
async function noteFirings(tx: Tx, changes: readonly InstanceChange[]): Promise<void> {
  const fired = changes.flatMap(({ rule, transitions }) =>
    transitions.filter(({ to }) => to === "active").map(({ at }) => ({ id: rule.id, at: isoTime(at) })),
  );
  if (fired.length === 0) return;
  await tx.execute(sql`
    update alert_rules r set last_fired_at = f.at,
      armed = case when (r.fields->>'one_shot')::boolean then false else r.armed end
    from (select id, max(at) as at from json_to_recordset(${JSON.stringify(fired)}::json)
      as i(id text, at timestamptz) group by id) f
    where r.id = f.id`);
}
