import type { Ctx } from "../../platform/ctx.ts";
import { describeError } from "../../platform/errors.ts";
import { EVERY_SUBJECT } from "../catalogue.ts";
import { MovedError } from "../commit/changes.ts";
import { commitRound } from "../commit/commit-round.ts";
import type { Source } from "../sources/source.ts";
import { afterCommit } from "../tell/after-commit.ts";
import { describeTransition } from "./describe-transition.ts";
import { evaluateRound } from "./evaluate-round.ts";
import { type LoadedRules, loadRules, loadStates } from "./load-rules.ts";
import { toldBefore } from "./told-before.ts";

export type EvaluateCtx = Pick<
  Ctx,
  "db" | "transact" | "now" | "log" | "rooms" | "queue" | "deliveries" | "trace" | "later" | "alertEngine"
>;

/** Rounds of one source in one run, and how long it begins new ones; the rest comes with the next. */
const MOST_ROUNDS = 20;
export const ROUNDS_MS = 20_000;
/** So often a round is made anew where somebody else was faster; then the next run does it. */
const MOST_TRIES = 5;
const BROKEN = "This version cannot read the rule as it is kept; write it anew.";

/**
 * Evaluates the rules that look at a source over everything that is new in it, and over the time that has passed. Doing it
 * twice, or twice at once, does no harm.
 * @returns when to do it again (ms since 1970); `null`: when something comes.
 */
export async function evaluateSource(ctx: EvaluateCtx, source: Source): Promise<number | null> {
  const until = ctx.now() + ROUNDS_MS;
  for (let round = 0; round < MOST_ROUNDS && ctx.now() <= until; round++) {
    const { next, more } = await tryRound(ctx, source);
    if (!more) return next;
  }
  return ctx.now();
}

async function tryRound(ctx: EvaluateCtx, source: Source): Promise<{ next: number | null; more: boolean }> {
  for (let tries = 1; ; tries++) {
    try {
      return await evaluateOnce(ctx, source);
    } catch (error) {
      if (!(error instanceof MovedError) || tries === MOST_TRIES) throw error;
      ctx.log.debug("an evaluation begins anew", { source: source.name, why: error.message });
    }
  }
}

async function evaluateOnce(
  ctx: EvaluateCtx,
  source: Source,
): Promise<{ next: number | null; more: boolean }> {
  const loaded = await loadRules(ctx.db, source);
  if (loaded.rules.length + loaded.broken.length === 0) {
    await source.forget();
    return { next: null, more: false };
  }
  const { rules, broken } = loaded;
  const rule_ids = rules.map(({ id }) => id);
  const states = await loadStates(ctx.db, { rule_ids, labels: source.labels });
  const round = await source.read({ ...enabled(loaded), types: typesOf(loaded, states) });
  if (round === null) return { next: null, more: false };
  const told = await toldBefore(ctx.db, { source, round, rule_ids });
  const { changes, errors, faults, clock, next, moved } = await evaluateRound(round, rules, states, {
    now: ctx.now(),
    told,
  });
  for (const fault of faults)
    ctx.log.error("a rule was not evaluated", { source: source.name, error: describeError(fault) });
  const failing = broken.flatMap((rule) => (rule.error === BROKEN ? [] : [{ rule, error: BROKEN }]));
  if (moved || changes.length + errors.length + failing.length > 0) {
    const after = await commitRound(ctx, {
      engine: source.engine,
      changes,
      errors: [...errors, ...failing],
      move: (tx) => round.move(tx, clock),
      message: (change, transition) => describeTransition(change, transition, round),
    });
    afterCommit(ctx, after);
  }
  return { next, more: round.more };
}

/** When the oldest rule was enabled, and the newest. */
function enabled({ rules, broken }: LoadedRules): { since: number; newest: number } {
  let [since, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { enabled_at } of [...rules, ...broken]) {
    since = Math.min(since, enabled_at);
    newest = Math.max(newest, enabled_at);
  }
  return { since, newest };
}

/** Subjects that rules name or remember. */
function typesOf({ rules }: LoadedRules, states: { labels: Record<string, string> }[]): string[] {
  const named = rules.flatMap(({ subject }) => (subject === EVERY_SUBJECT ? [] : [subject]));
  return [...new Set([...named, ...states.flatMap(({ labels }) => labels.type ?? [])])];
}
