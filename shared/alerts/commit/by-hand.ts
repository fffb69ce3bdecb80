import { and, asc, type Column, eq, inArray, ne, sql } from "drizzle-orm";
import type { AlertRuleFields } from "../../contracts/alerts.ts";
import { alert_rules, alert_states, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import type { AlertRow } from "../alert-row.ts";
import { acknowledge, type ResetReason, rearm, reset, resolveByHand } from "../engine/by-hand.ts";
import { specOf } from "../engine/rule-spec.ts";
import { isWorthKeeping } from "../engine/step.ts";
import type { Step } from "../engine/types.ts";
import { InstanceState } from "../evaluate/instance-state.ts";
import { fieldsOf, type RuleRow } from "../rule-row.ts";
import { type AfterCommit, NOTHING_TOLD, recordTransitions } from "../tell/record-transitions.ts";
import type { ByHand } from "./changes.ts";
import { applyTransitions } from "./episode.ts";
import { lockAlerts, writeAlerts, writeTransitions } from "./write-alerts.ts";
import { writeStates } from "./write-states.ts";

type HandCtx = Pick<Ctx, "now">;

/** What was done by hand, and what is left to do after the commit. */
export interface DoneByHand {
  alert: AlertRow;
  after: AfterCommit;
}

interface OneAlert extends ByHand {
  alert_id: string;
  /** Whose alert it must be. */
  user_id: string;
}

/**
 * Says that somebody looks after an alert that fired: it is not repeated, and not escalated. Twice is harmless.
 * @throws AppError `not_found` where it is not this user's, `conflict` where it has not fired or is over.
 */
export async function acknowledgeAlert(tx: Tx, ctx: HandCtx, asked: OneAlert): Promise<DoneByHand> {
  const alert = await lockOwn(tx, asked);
  if (alert.state === "acknowledged") return { alert, after: NOTHING_TOLD };
  if (alert.state !== "active") {
    const why =
      alert.state === "pending" ? "it has not fired yet" : "it is over; what is over needs nobody any more";
    throw new AppError("conflict", `This alert cannot be acknowledged: ${why}.`);
  }
  return changeOne(tx, ctx, { alert, ...acknowledging(ctx, asked) });
}

/** The same of many, which the caller has locked and seen to be active. */
export function acknowledgeMany(
  tx: Tx,
  ctx: HandCtx,
  { locked, by }: { locked: readonly Pick<AlertRow, "rule_id" | "fingerprint">[]; by: ByHand },
): Promise<AfterCommit> {
  return changeMany(tx, ctx, { locked, ...acknowledging(ctx, by) });
}

const acknowledging = (ctx: HandCtx, by: ByHand): Change => ({
  by,
  again: true,
  work: ({ state }) => acknowledge(state, ctx.now()),
});

/**
 * Ends an alert. While its condition goes on holding, the rule raises none anew for this series. Twice is harmless.
 * @throws AppError `not_found` where it is not this user's.
 */
export async function resolveAlert(tx: Tx, ctx: HandCtx, asked: OneAlert): Promise<DoneByHand> {
  const alert = await lockOwn(tx, asked);
  if (alert.state === "resolved") return { alert, after: NOTHING_TOLD };
  return changeOne(tx, ctx, {
    alert,
    by: asked,
    again: true,
    work: ({ spec, state }) => resolveByHand(spec, state, ctx.now()),
  });
}

/** Lets a one-shot rule fire again. The caller has checked that the rule is the caller's. */
export async function rearmRule(tx: Tx, ctx: HandCtx, rule_id: string): Promise<AfterCommit> {
  const rule = await lockRule(tx, rule_id);
  await tx.update(alert_rules).set({ armed: true }).where(eq(alert_rules.id, rule_id));
  return changeAll(tx, ctx, { rule, work: ({ state }) => rearm(state), by: null, again: true });
}

/**
 * Ends what a rule raised and forgets what it remembers: it was changed, turned off or is to be deleted. Call it with the
 * fields that told of its alerts, so before they are overwritten.
 */
export async function resetRule(
  tx: Tx,
  ctx: HandCtx,
  { rule_id, reason, by = null }: { rule_id: string; reason: ResetReason; by?: ByHand | null },
): Promise<AfterCommit> {
  const rule = await lockRule(tx, rule_id);
  return changeAll(tx, ctx, {
    rule,
    by,
    work: ({ state }) => reset(state, reason, ctx.now()),
    // What it remembers is of series that it may look at no more.
    again: false,
  });
}

/** Ends what a rule raised on a series that is forgotten, since nothing came of it for so long. */
export async function endSeries(
  tx: Tx,
  ctx: HandCtx,
  { rule_id, fingerprint }: { rule_id: string; fingerprint: string },
): Promise<AfterCommit> {
  const rule = await lockRule(tx, rule_id);
  const work: Change["work"] = ({ state }) => reset(state, "no_data", ctx.now());
  return changeAll(tx, ctx, { rule, fingerprint, by: null, again: false, work });
}

/** Turns a rule off and ends what it raised. */
export async function disableRule(
  tx: Tx,
  ctx: HandCtx,
  asked: { rule_id: string; by?: ByHand | null },
): Promise<AfterCommit> {
  const after = await resetRule(tx, ctx, { ...asked, reason: "rule_disabled" });
  const revision = sql`${alert_rules.revision} + 1`;
  const off = { enabled: false, revision, updated_at: isoTime(ctx.now()) };
  await tx.update(alert_rules).set(off).where(eq(alert_rules.id, asked.rule_id));
  return after;
}

async function lockOwn(tx: Tx, { alert_id, user_id }: OneAlert): Promise<AlertRow> {
  const [alert] = await tx
    .select()
    .from(alerts)
    .where(and(eq(alerts.id, alert_id), eq(alerts.user_id, user_id)))
    .for("update");
  if (alert === undefined) throw new AppError("not_found", "There is no such alert.");
  return alert;
}

async function lockRule(tx: Tx, rule_id: string): Promise<RuleRow> {
  const [rule] = await tx.select().from(alert_rules).where(eq(alert_rules.id, rule_id)).for("no key update");
  if (rule === undefined) throw new AppError("not_found", "There is no such alert rule.");
  return rule;
}

interface Held {
  state: InstanceState;
  spec: ReturnType<typeof specOf>;
}

interface Change {
  by: ByHand | null;
  /** Whether the rule goes on and is to be evaluated again now, also where there is nothing to remember. */
  again: boolean;
  work(held: Held): Step;
}

/** An alert whose rule and state are there; who evaluates waits for its row, as this waits for who does. */
async function changeOne(
  tx: Tx,
  ctx: HandCtx,
  { alert, ...change }: Change & { alert: AlertRow },
): Promise<DoneByHand> {
  const after = await changeMany(tx, ctx, { locked: [alert], ...change });
  const [row] = await tx.select().from(alerts).where(eq(alerts.id, alert.id));
  return { alert: row ?? alert, after };
}

/** Alerts that are locked; their rules and states are read together, however many they are. */
async function changeMany(
  tx: Tx,
  ctx: HandCtx,
  { locked, ...change }: Change & { locked: readonly Pick<AlertRow, "rule_id" | "fingerprint">[] },
): Promise<AfterCommit> {
  if (locked.length === 0) return NOTHING_TOLD;
  const ids = [...new Set(locked.map(({ rule_id }) => rule_id))];
  const rules = await tx.select().from(alert_rules).where(inArray(alert_rules.id, ids));
  if (rules.length < ids.length)
    throw new AppError("conflict", "The rule of this alert is gone, and it with it.");
  const pairs = JSON.stringify(locked.map(({ rule_id, fingerprint }) => ({ rule_id, fingerprint })));
  const states = await tx
    .select()
    .from(alert_states)
    .where(
      sql`(${alert_states.rule_id}, ${alert_states.fingerprint}) in
        (select rule_id, fingerprint from json_to_recordset(${pairs}::json) as p(rule_id text, fingerprint text))`,
    )
    .orderBy(asc(alert_states.rule_id), asc(alert_states.fingerprint))
    .for("update");
  const own = Map.groupBy(states, ({ rule_id }) => rule_id);
  const held = rules.map((rule) => ({ rule, found: own.get(rule.id) ?? [] }));
  return carryOut(tx, ctx, held, change);
}

async function changeAll(
  tx: Tx,
  ctx: HandCtx,
  { rule, fingerprint, ...change }: Change & { rule: RuleRow; fingerprint?: string },
): Promise<AfterCommit> {
  const one = (column: Column) => (fingerprint === undefined ? undefined : eq(column, fingerprint));
  // Alerts before states, in the order in which evaluation locks them.
  await tx
    .select({ id: alerts.id })
    .from(alerts)
    .where(and(eq(alerts.rule_id, rule.id), ne(alerts.state, "resolved"), one(alerts.fingerprint)))
    .orderBy(asc(alerts.id))
    .for("update");
  const found = await tx
    .select()
    .from(alert_states)
    .where(and(eq(alert_states.rule_id, rule.id), one(alert_states.fingerprint)))
    .orderBy(asc(alert_states.fingerprint))
    .for("update");
  return carryOut(tx, ctx, [{ rule, found }], change);
}

type StateRow = typeof alert_states.$inferSelect;

async function carryOut(
  tx: Tx,
  ctx: HandCtx,
  rules: readonly { rule: RuleRow; found: StateRow[] }[],
  { by, again, work }: Change,
): Promise<AfterCommit> {
  const standing = await lockAlerts(
    tx,
    rules.flatMap(({ found }) => found.flatMap(({ alert_id }) => (alert_id === null ? [] : [alert_id]))),
  );
  const told = { now: ctx.now(), message: () => "", ...(by !== null && { by }) };
  const done = rules.flatMap(({ rule, found }) => {
    const fields: AlertRuleFields = fieldsOf(rule);
    const spec = specOf(rule.id, fields);
    return found.map((row) => {
      const step = work({ state: InstanceState.parse(row.state), spec });
      const instance = { rule: { id: rule.id, user_id: rule.user_id, fields }, ...row, state: step.state };
      const before = standing.get(row.alert_id ?? "") ?? null;
      return { row, step, spec, ...applyTransitions(instance, before, step.transitions, told) };
    });
  });
  for (const [engine, own] of Map.groupBy(done, ({ row }) => row.engine)) {
    const writes = own.map(({ row, spec, step: { state, due_at }, alert_id }) => {
      const keep = again || isWorthKeeping({ spec, state }, state.clock);
      return { ...row, alert_id, state: keep ? state : null, due_at: keep ? due_at : null };
    });
    await writeStates(tx, engine, writes, ctx.now());
  }
  const items = done.flatMap(({ items }) => items);
  await writeAlerts(
    tx,
    done.flatMap(({ rows }) => rows),
  );
  await writeTransitions(tx, items, ctx.now());
  const after = await recordTransitions(tx, ctx, items);
  return { ...after, engines: [...new Set([...after.engines, ...done.map(({ row }) => row.engine)])] };
}
