/** A value that views watch. Changes of one animation frame are told once: a burst costs one drawing. */
export class Store<Value> {
  #value: Value;
  #listeners = new Set<() => void>();
  #told = true;
  #schedule: (run: () => void) => void;

  constructor(value: Value, schedule: (run: () => void) => void) {
    this.#value = value;
    this.#schedule = schedule;
  }

  get = (): Value => this.#value;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  update(change: (value: Value) => Value): void {
    const next = change(this.#value);
    if (next === this.#value) return;
    this.#value = next;
    if (!this.#told) return;
    this.#told = false;
    this.#schedule(() => {
      this.#told = true;
      for (const listener of this.#listeners) listener();
    });
  }
}
