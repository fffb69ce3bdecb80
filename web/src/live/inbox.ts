interface Step {
  run(): void | Promise<void>;
  failed(error: unknown): void;
}

/** Runs steps one after the other, also when one takes its time; what needs no waiting runs at once. */
export class Inbox {
  #waiting: Step[] = [];
  #busy = false;

  /** A step is running, or waits. */
  get busy(): boolean {
    return this.#busy;
  }

  push(step: Step): void {
    this.#waiting.push(step);
    if (!this.#busy) void this.#drain();
  }

  /** Forgets what waits; a step that runs goes on to its end. */
  clear(): void {
    this.#waiting = [];
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let step = this.#waiting.shift(); step; step = this.#waiting.shift()) {
      try {
        const pending = step.run();
        if (pending) await pending;
      } catch (error) {
        step.failed(error);
      }
    }
    this.#busy = false;
  }
}
