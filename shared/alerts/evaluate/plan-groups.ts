import { matchesLabels } from "../catalogue.ts";
import type { LoadedRule, LoadedState } from "../commit/changes.ts";
import { type SignalSettings, signalKey, signalSettingsOf } from "../engine/rule-spec.ts";
import { initialState } from "../engine/step.ts";
import type { InstanceState } from "../engine/types.ts";
import type { Entry, SourceRound, Stream } from "../sources/source.ts";

/** A source whose newest event is older than this, though it was received just now, is replaying its past. */
export const REPLAY = { behind_ms: 15 * 60_000, quiet_ms: 60_000 } as const;

export interface PlannedInstance {
  rule: LoadedRule;
  state: InstanceState;
  before: LoadedState | null;
}

/** Rules that look at one series alike, and begin at the same instant of its log. */
export interface PlannedGroup {
  stream: Stream;
  settings: SignalSettings;
  /** First entry of the round that is not history to them. */
  start: number;
  /** Up to where they were evaluated. */
  clock: number;
  /** Whether that clock is another than the source's. */
  aside: boolean;
  instances: PlannedInstance[];
}

/** Whether events come that happened long ago, in their order: then the clock goes by them, wherever it stood. */
function isReplayed(entries: readonly Entry[], logged: number | null): boolean {
  const [first] = entries;
  if (first === undefined) return false;
  return first.received_at - first.at > REPLAY.behind_ms && (logged === null || first.at >= logged);
}

/** The instant in its log from which a source is replaying its past (ms since 1970); `null`: it is not. */
export function replayedFrom({ entries, logged, clock }: SourceRound): number | null {
  const at = logged?.at ?? entries[0]?.at ?? null;
  return isReplayed(entries, at) ? Math.min(clock, at ?? clock) : null;
}

/** What `told` names a rule and series by. */
export const instanceKey = (rule_id: string, fingerprint: string) => `${rule_id} ${fingerprint}`;

/**
 * Puts rules and what they remember into groups that share a signal. `told`: what fired over the stretch that is
 * replayed already, so that it must stop holding before it is told anew.
 */
export function planGroups(
  round: SourceRound,
  rules: readonly LoadedRule[],
  states: readonly LoadedState[],
  told: ReadonlySet<string>,
): PlannedGroup[] {
  const remembered = new Map(states.map((state) => [instanceKey(state.rule_id, state.fingerprint), state]));
  const from = replayedFrom(round);
  const replayed = from !== null;
  const clock = from ?? round.clock;
  const groups = new Map<string, PlannedGroup>();
  for (const stream of round.streams) {
    const { definition, labels, fingerprint } = stream;
    for (const rule of rules) {
      if (rule.metric !== definition.name || !matchesLabels(rule.fields.labels, labels)) continue;
      const name = instanceKey(rule.id, fingerprint);
      const before = remembered.get(name) ?? null;
      const settings = signalSettingsOf(definition, rule.fields);
      const start = startOf(round.entries, rule);
      const begins = beginning(rule, before, { clock, replays: replayed || wasReplaying(round, rule) });
      // Where nothing ever came, absence is counted from when each rule began.
      const own = rule.spec.condition === "absence" ? rule.enabled_at : null;
      const alike = [definition.name, fingerprint, signalKey(settings), start, begins.class, own];
      const key = JSON.stringify(alike);
      const aside = begins.class.startsWith("at ");
      const group = groups.get(key) ?? { stream, settings, start, clock: begins.at, aside, instances: [] };
      groups.set(key, group);
      group.clock = Math.max(group.clock, begins.at);
      const state = { ...(before?.state ?? initialState(begins.at)), armed: rule.armed };
      if (state.status === "normal" && !aside && told.has(name)) state.wait_for_clear = true;
      group.instances.push({ rule, state, before });
    }
  }
  return [...groups.values()];
}

/** Whether a rule was enabled in the midst of a replay: then it begins where that stood. */
const wasReplaying = ({ logged }: SourceRound, { enabled_at }: LoadedRule) =>
  logged !== null &&
  logged.received_at - logged.at > REPLAY.behind_ms &&
  enabled_at - logged.received_at < REPLAY.quiet_ms;

/** What was received before a rule was enabled is history to it. */
function startOf(entries: readonly Entry[], { enabled_at }: LoadedRule): number {
  const start = entries.findIndex(({ received_at }) => received_at >= enabled_at);
  return start < 0 ? entries.length : start;
}

/** From when a rule is evaluated, and which others can share a signal with it by that. */
function beginning(
  { enabled_at }: LoadedRule,
  before: LoadedState | null,
  { clock, replays }: { clock: number; replays: boolean },
): { at: number; class: string } {
  if (before === null && !replays && enabled_at > clock) return { at: enabled_at, class: "new" };
  const moving = before !== null && (before.state.status !== "normal" || before.state.wait_for_clear);
  if (!moving || before.state.clock <= clock) return { at: clock, class: "clock" };
  // Time never goes back for what stands.
  return { at: before.state.clock, class: `at ${before.state.clock}` };
}
