import type { InstanceChange, LoadedRule, LoadedState } from "../commit/changes.ts";
import type { RuleError } from "../commit/write-errors.ts";
import { type Outcome, SignalGroup } from "../engine/signal-group.ts";
import { BrokenSignal } from "../engine/signals/broken-signal.ts";
import { historyNeeds } from "../engine/signals/create-signal.ts";
import type { MetricPoint } from "../engine/signals/point.ts";
import { isWorthKeeping } from "../engine/step.ts";
import type { History, SourceRound } from "../sources/source.ts";
import { openSignal } from "./open-signal.ts";
import { type PlannedGroup, planGroups, REPLAY } from "./plan-groups.ts";
import { errorsOf } from "./rule-errors.ts";

export interface Evaluated {
  changes: InstanceChange[];
  errors: RuleError[];
  /** What was thrown: by nothing that a rule's owner can see to. */
  faults: unknown[];
  /** The source's clock after the round. */
  clock: number;
  /** When it is to be looked at again (ms since 1970); `null`: when something comes. */
  next: number | null;
  /** Whether the cursor has to be moved. */
  moved: boolean;
}

/** Evaluates the rules that look at a source over what is new in it, and over the time that has passed since. */
export async function evaluateRound(
  round: SourceRound,
  rules: readonly LoadedRule[],
  states: readonly LoadedState[],
  { now, told }: { now: number; told: ReadonlySet<string> },
): Promise<Evaluated> {
  const planned = planGroups(round, rules, states, told);
  const histories = await round.readHistory(
    planned.map(({ stream, settings, clock }) => {
      const needs = historyNeeds(stream.definition, settings);
      return { ...needs, stream, from: clock - needs.span_ms };
    }),
  );
  const waits = waitsUntil(round, now);
  const faults: unknown[] = [];
  const spent = new Set<string>();
  const ran = planned.flatMap((plan, index) =>
    runApart(plan, faults, (each) =>
      runGroup(round, unlessSpent(each, spent), histories[index], waits === null ? now : null),
    ).map((done) => noteSpent(done, spent)),
  );
  const clock = clockAfter(round, ran);
  const settles = round.settles_at === null ? [] : [round.settles_at];
  const dues = ran.flatMap(({ due_at }) =>
    due_at === null ? [] : [waits === null ? due_at : Math.max(due_at, waits)],
  );
  return {
    changes: ran.flatMap(({ plan, group, outcomes }) => changesOf(plan, group, outcomes, { now, waits })),
    errors: errorsOf(ran),
    faults,
    clock,
    next: round.more ? now : dues.length + settles.length === 0 ? null : Math.min(...dues, ...settles),
    moved: round.entries.length > 0 || clock !== round.clock || round.begins,
  };
}

/** The clock waits while more is on its way: what is in the log, and what a replay will bring. */
function waitsUntil({ entries, logged, more }: SourceRound, now: number): number | null {
  if (more) return now;
  const seen = logged === null ? entries : [logged, ...entries];
  const newest = Math.max(...seen.map(({ at }) => at));
  const received = Math.max(...seen.map(({ received_at }) => received_at));
  const replays = now - newest > REPLAY.behind_ms && now - received < REPLAY.quiet_ms;
  return replays ? received + REPLAY.quiet_ms : null;
}

/** Of those whose clock is the source's; what is known by the wall clock alone, or stands from before a replay, is not. */
function clockAfter({ entries, clock }: SourceRound, ran: readonly Ran[]): number {
  const clocks = ran.flatMap(({ plan, clock: at }) =>
    plan.aside || plan.stream.present !== null ? [] : [at],
  );
  return clocks.length === 0
    ? entries.reduce((latest, { at }) => Math.max(latest, at), clock)
    : Math.max(...clocks);
}

interface Ran {
  plan: PlannedGroup;
  group: SignalGroup<MetricPoint>;
  outcomes: Outcome[];
  error: string | null;
  clock: number;
  due_at: number | null;
}

/** A rule that fires once fires for the first of its series that comes to it, and for no other of the same round. */
function unlessSpent(plan: PlannedGroup, spent: ReadonlySet<string>): PlannedGroup {
  if (spent.size === 0) return plan;
  const instances = plan.instances.map((instance) =>
    spent.has(instance.rule.id) ? { ...instance, state: { ...instance.state, armed: false } } : instance,
  );
  return { ...plan, instances };
}

function noteSpent(done: Ran, spent: Set<string>): Ran {
  for (const { spec, transition } of done.outcomes)
    if (spec.one_shot && transition.to === "active") spent.add(spec.id);
  return done;
}

const FAULT = "It could not be evaluated here, through no fault of yours; XSEMA's operator finds out why.";

/** Runs a group; where that fails, each of its rules by itself: one that cannot be evaluated keeps no other from it. */
function runApart(plan: PlannedGroup, faults: unknown[], run: (plan: PlannedGroup) => Ran): Ran[] {
  try {
    return [run(plan)];
  } catch (error) {
    if (plan.instances.length > 1)
      return plan.instances.flatMap((instance) => runApart({ ...plan, instances: [instance] }, faults, run));
    faults.push(error);
    // Without its rule, which stays as it was.
    const group = new SignalGroup<MetricPoint>(new BrokenSignal(FAULT), plan.clock, []);
    group.advance(plan.clock);
    return [{ plan, group, outcomes: [], error: FAULT, clock: plan.clock, due_at: null }];
  }
}

function runGroup(
  round: SourceRound,
  plan: PlannedGroup,
  history: History | undefined,
  until: number | null,
): Ran {
  const { present, points } = plan.stream;
  const before = points.filter(({ index }) => index < plan.start).map(({ point }) => point);
  const revision = present === null ? revisionOf(round, plan) : null;
  const known = present?.point == null ? [...before, ...(revision?.points ?? [])] : [present.point];
  const { signal, error } = openSignal(plan, history, known);
  const begins = Math.max(plan.clock, present?.point?.at ?? plan.clock);
  const specs = plan.instances.map(({ rule, state }) => ({ spec: rule.spec, state }));
  const group = new SignalGroup(signal, begins, specs, revision !== null);
  const outcomes: Outcome[] = [];
  const take = (made: readonly Outcome[]) => {
    for (const outcome of made) outcomes.push(outcome);
  };
  let clock = present === null ? follow(round, plan, revision?.taken ?? NONE, group, take) : begins;
  take(group.advance(clock));
  for (let due = group.nextDue; until !== null && due !== null && due <= until; due = group.nextDue) {
    take(group.advance(due));
    clock = Math.max(clock, due);
  }
  return { plan, group, outcomes, error, clock, due_at: group.nextDue };
}

const NONE: ReadonlySet<number> = new Set();

/**
 * What corrections of a round put in the place of what they take out: known together with it, so that what holds by both
 * goes on. `taken` are their entries. `null`: nothing is corrected.
 */
function revisionOf({ entries }: SourceRound, { stream, start, clock }: PlannedGroup) {
  if (!entries.some(({ corrects }, index) => corrects === true && index >= start)) return null;
  const fresh = stream.points.filter(({ index }) => index >= start);
  const corrects = ({ index }: { index: number }) => entries[index]?.corrects === true;
  // A value in force is replaced by the next one: what came before a correction must not come after it.
  const first = fresh.findIndex((point) => !corrects(point));
  const leading = fresh.slice(0, first < 0 ? fresh.length : first);
  const early =
    stream.definition.shape === "step"
      ? leading
      : fresh.filter((point) => corrects(point) && point.point.at <= clock);
  return {
    points: early.map(({ point }) => ({ ...point, at: Math.min(point.at, clock) })),
    taken: new Set(early.map(({ index }) => index)),
  };
}

/** Goes through the entries of the log in order: each moves the clock, and those of the group's series its signal. */
function follow(
  { entries }: SourceRound,
  { stream, start, clock: begins }: PlannedGroup,
  taken: ReadonlySet<number>,
  group: SignalGroup<MetricPoint>,
  take: (made: readonly Outcome[]) => void,
): number {
  const points = stream.points.filter(({ index }) => !taken.has(index));
  let clock = begins;
  let next = points.findIndex(({ index }) => index >= start);
  for (let index = start; index < entries.length; index++) {
    clock = Math.max(clock, entries[index]?.at ?? clock);
    const own = next < 0 ? undefined : points[next];
    if (own?.index !== index) continue;
    take(group.advance(clock));
    take(group.push(own.point));
    next++;
  }
  return clock;
}

function changesOf(
  { stream, instances }: PlannedGroup,
  group: SignalGroup<MetricPoint>,
  outcomes: readonly Outcome[],
  { now, waits }: { now: number; waits: number | null },
): InstanceChange[] {
  const told = Map.groupBy(outcomes, ({ spec }) => spec.id);
  const { fingerprint, labels } = stream;
  const group_due = group.nextDue;
  return instances.flatMap(({ rule, before, state: given }, index) => {
    const { state, due_at: own } = group.instances[index] ?? { state: given, due_at: before?.due_at ?? null };
    // One row of each group remembers when the metric itself may change by time: whoever wakes engines finds it there.
    const due = index === 0 ? least(own, group_due) : own;
    // While the clock waits, nothing falls due by time: what is due in a replayed past is not late.
    const held = waits !== null && due !== null && due < waits;
    const due_at = index === 0 || held ? dueOf(before, held ? waits : due, now) : due;
    const keep = due_at !== null || isWorthKeeping({ spec: rule.spec, state }, group.clock);
    const transitions = (told.get(rule.id) ?? []).map(({ transition }) => transition);
    const same = keep
      ? before !== null && before.due_at === due_at && isSame(before.state, state)
      : before === null;
    if (same && transitions.length === 0) return [];
    return [{ rule, fingerprint, labels, before, state, due_at, keep, transitions }];
  });
}

const least = (one: number | null, other: number | null) =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** An earlier waking does no harm and is put right then: so a due time is not written anew with each reading. */
function dueOf(before: LoadedState | null, due_at: number | null, now: number): number | null {
  const known = before?.due_at ?? null;
  return known !== null && due_at !== null && known > now && known <= due_at ? known : due_at;
}

function isSame(before: LoadedState["state"], after: LoadedState["state"]): boolean {
  return JSON.stringify({ ...before, clock: 0 }) === JSON.stringify({ ...after, clock: 0 });
}
