import type { Outcome, SignalGroup } from "./signal-group.ts";

/** Groups of rules by metric and subject, held in memory: a point costs what the groups on its series cost. */
export class RuleIndex<P extends { at: number }> {
  readonly #groups = new Map<string, Map<string, SignalGroup<P>[]>>();

  add(metric: string, subject: string, group: SignalGroup<P>): void {
    const subjects = this.#groups.get(metric) ?? new Map<string, SignalGroup<P>[]>();
    this.#groups.set(metric, subjects);
    subjects.set(subject, [...(subjects.get(subject) ?? []), group]);
  }

  groupsOf(metric: string, subject: string): readonly SignalGroup<P>[] {
    return this.#groups.get(metric)?.get(subject) ?? [];
  }

  /** What a point of one series comes to. */
  push(metric: string, subject: string, point: P): Outcome[] {
    return this.groupsOf(metric, subject).flatMap((group) => group.push(point));
  }
}
