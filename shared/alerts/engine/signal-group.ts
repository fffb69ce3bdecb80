import { type Decimal, decimalOf } from "./decimal.ts";
import { Heap } from "./heap.ts";
import { step } from "./step.ts";
import { ThresholdIndex } from "./threshold-index.ts";
import type { InstanceState, Observation, RuleSpec, Signal, Transition } from "./types.ts";

/** A rule on one series. */
export interface Instance {
  readonly spec: RuleSpec;
  readonly state: InstanceState;
  /** When time alone may change it (ms since 1970); `null`: never. */
  readonly due_at: number | null;
}

/** A transition, and the state right after it. */
export interface Outcome {
  spec: RuleSpec;
  transition: Transition;
  state: InstanceState;
}

interface Entry {
  order: number;
  spec: RuleSpec;
  state: InstanceState;
  due_at: number | null;
}

interface Due {
  at: number;
  entry: Entry;
}

/** Whether a change of the metric that crosses no threshold may still concern it. */
const isRestless = ({ state, due_at }: Entry, { kind }: Observation) =>
  kind !== "value" || state.status !== "normal" || state.wait_for_clear || due_at !== null;

/** Whether it may start or end where values give out or cannot be read. */
const heedsMissing = ({ condition, no_data, on_error }: RuleSpec) =>
  condition === "absence" || no_data !== "keep" || on_error !== "keep";

/**
 * One signal and all rules that look at it. A changed value concerns only the rules that have a threshold on its way, a
 * value that comes or goes only those in motion or that heed it; beside them, those that fell due. All others are as they
 * were evaluated last, and would be left so.
 */
export class SignalGroup<P extends { at: number }> {
  readonly #signal: Signal<P>;
  readonly #entries: Entry[];
  readonly #index: ThresholdIndex<Entry>;
  readonly #restless = new Set<Entry>();
  readonly #heedful: Entry[];
  readonly #dues = new Heap<Due>((left, right) => left.at < right.at);
  readonly #touched = new Set<Entry>();
  readonly #revised: boolean;
  #clock: number;
  #signal_due: number | null = null;
  #observation: Observation | null = null;
  /** The newest that was a value. */
  #value: Decimal | null = null;

  /**
   * @param clock up to where the rules were evaluated before (ms since 1970).
   * @param revised whether what the signal has seen up to there has been corrected since.
   */
  constructor(
    signal: Signal<P>,
    clock: number,
    rules: Iterable<{ spec: RuleSpec; state: InstanceState }>,
    revised = false,
  ) {
    this.#revised = revised;
    this.#signal = signal;
    this.#clock = clock;
    this.#entries = Array.from(rules, ({ spec, state }, order) => ({ order, spec, state, due_at: null }));
    this.#index = new ThresholdIndex(this.#entries.map((item) => ({ spec: item.spec, item })));
    this.#heedful = this.#entries.filter(({ spec }) => heedsMissing(spec));
  }

  get clock(): number {
    return this.#clock;
  }

  /** What the signal said last; `null` before the first evaluation. */
  get observation(): Observation | null {
    return this.#observation;
  }

  /** When to advance to at the latest; `null`: nothing changes before another point. */
  get nextDue(): number | null {
    if (this.#observation === null) return this.#clock;
    const due = this.#firstDue()?.at ?? null;
    if (due === null || this.#signal_due === null) return due ?? this.#signal_due;
    return Math.min(due, this.#signal_due);
  }

  /** Every rule as it is now. */
  get instances(): readonly Instance[] {
    return this.#entries;
  }

  /** Those that were evaluated: others are as they were given. */
  get touched(): Iterable<Instance> {
    return this.#touched;
  }

  /** What falls due up to its instant, and then what the point changes. */
  push(point: P): Outcome[] {
    const outcomes = this.advance(Math.max(point.at, this.#clock));
    this.#signal.push(point);
    this.#evaluate(this.#clock, outcomes);
    return outcomes;
  }

  /** Everything that falls due by time, up to `to` and with it, in its order. */
  advance(to: number): Outcome[] {
    const outcomes: Outcome[] = [];
    if (this.#observation === null) this.#evaluate(this.#clock, outcomes);
    for (let due = this.nextDue; due !== null && due <= to; due = this.nextDue) {
      this.#clock = Math.max(this.#clock, due);
      this.#evaluate(this.#clock, outcomes);
    }
    this.#clock = Math.max(this.#clock, to);
    return outcomes;
  }

  #evaluate(t: number, outcomes: Outcome[]): void {
    const { observation, next_at } = this.#signal.at(t);
    this.#signal_due = next_at;
    const revised = this.#revised && this.#observation === null;
    const concerned = this.#concerned(observation);
    for (let due = this.#firstDue(); due !== undefined && due.at <= t; due = this.#firstDue()) {
      this.#dues.pop();
      concerned.add(due.entry);
    }
    this.#observation = observation;
    if (observation.kind === "value") this.#value = decimalOf(observation.value);
    const inOrder = [...concerned].sort((left, right) => left.order - right.order);
    for (const entry of inOrder) this.#step(entry, observation, { t, revised }, outcomes);
  }

  #concerned(observation: Observation): Set<Entry> {
    const before = this.#observation;
    if (before === null) return new Set(this.#entries);
    const concerned = new Set<Entry>();
    if (observation.kind !== before.kind) {
      for (const entry of this.#restless) concerned.add(entry);
      for (const entry of this.#heedful) concerned.add(entry);
    }
    if (observation.kind !== "value") return concerned;
    // Nobody has been compared with a value yet.
    if (this.#value === null) return new Set(this.#entries);
    for (const entry of this.#index.between(this.#value, decimalOf(observation.value))) concerned.add(entry);
    return concerned;
  }

  #step(
    entry: Entry,
    observation: Observation,
    { t, revised }: { t: number; revised: boolean },
    outcomes: Outcome[],
  ): void {
    const { state, transitions, due_at } = step(entry.spec, entry.state, observation, t, revised);
    entry.state = state;
    if (due_at !== null && due_at !== entry.due_at) this.#dues.push({ at: due_at, entry });
    entry.due_at = due_at;
    this.#touched.add(entry);
    if (isRestless(entry, observation)) this.#restless.add(entry);
    else this.#restless.delete(entry);
    for (const transition of transitions) outcomes.push({ spec: entry.spec, transition, state });
  }

  /** The earliest that still holds; what was put off or settled since is dropped. */
  #firstDue(): Due | undefined {
    for (let first = this.#dues.peek(); first !== undefined; first = this.#dues.peek()) {
      if (first.entry.due_at === first.at) return first;
      this.#dues.pop();
    }
    return undefined;
  }
}
