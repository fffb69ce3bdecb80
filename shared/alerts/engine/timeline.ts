import { type Outcome, SignalGroup } from "./signal-group.ts";
import type { InstanceState, Observation, RuleSpec, Signal, Transition } from "./types.ts";

const transitionsOf = (outcomes: readonly Outcome[]): Transition[] =>
  outcomes.map(({ transition }) => transition);

/** One rule on one series while time passes: how a preview looks at it. */
export class Timeline<P extends { at: number }> {
  readonly #group: SignalGroup<P>;
  readonly #before: InstanceState;

  constructor(spec: RuleSpec, state: InstanceState, signal: Signal<P>) {
    this.#group = new SignalGroup(signal, state.clock, [{ spec, state }]);
    this.#before = state;
  }

  /** As it is at the clock. */
  get state(): InstanceState {
    return { ...(this.#group.instances[0]?.state ?? this.#before), clock: this.#group.clock };
  }

  /** What the signal said last; `null` before the first evaluation. */
  get observation(): Observation | null {
    return this.#group.observation;
  }

  /** When to advance to at the latest; `null`: nothing changes before another point. */
  get nextDue(): number | null {
    return this.#group.nextDue;
  }

  /** What falls due up to the point's instant, and then what the point changes. */
  push(point: P): Transition[] {
    return transitionsOf(this.#group.push(point));
  }

  /** Everything that falls due by time, up to `to` and with it. */
  advance(to: number): Transition[] {
    return transitionsOf(this.#group.advance(to));
  }
}
