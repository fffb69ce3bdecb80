import type { Observation, Signal } from "../types.ts";

/** Of a metric that cannot be read: says so, until the rule is evaluated with another. */
export class BrokenSignal implements Signal<unknown> {
  readonly #why: string;

  /** @param why shown to the rule's owner. */
  constructor(why: string) {
    this.#why = why;
  }

  push(): void {}

  at(): { observation: Observation; next_at: null } {
    return { observation: { kind: "error", why: this.#why }, next_at: null };
  }
}
