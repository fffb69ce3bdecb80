/**
 * @typedef {{ name: string, labels: Record<string, string>, value: number, at: string, type: "gauge" | "counter" }} Sample
 */

/** Most samples that one push may hold. */
export const MOST_PER_PUSH = 5000;

/**
 * Samples that wait to be sent, in the order they were read. What is older than `keep_ms`, or more than `most`, goes: the
 * oldest first, by whole readings of the machine.
 */
export class Buffer {
  /** @type {{ at: number, samples: Sample[] }[]} */
  #readings = [];
  #count = 0;

  /** @param {{ keep_ms: number, most: number }} limits */
  constructor({ keep_ms, most }) {
    this.keep_ms = keep_ms;
    this.most = most;
  }

  get size() {
    return this.#count;
  }

  /**
   * Takes what was read at one time (ms since 1970).
   * @param {number} at
   * @param {Sample[]} samples
   * @returns {number} how many samples had to go for it
   */
  add(at, samples) {
    this.#readings.push({ at, samples });
    this.#count += samples.length;
    let dropped = 0;
    for (let oldest = this.#readings[0]; oldest !== undefined; oldest = this.#readings[0]) {
      if (at - oldest.at <= this.keep_ms && this.#count <= this.most) break;
      this.#readings.shift();
      this.#count -= oldest.samples.length;
      dropped += oldest.samples.length;
    }
    return dropped;
  }

  /**
   * The oldest samples, by whole readings, as many as one push may hold; at least one reading. They stay until `sent`.
   * @param {number} most
   */
  next(most) {
    /** @type {Sample[]} */
    const samples = [];
    let last_at = 0;
    let readings = 0;
    for (const reading of this.#readings) {
      if (samples.length > 0 && samples.length + reading.samples.length > most) break;
      samples.push(...reading.samples);
      last_at = reading.at;
      readings += 1;
    }
    return { samples, readings, last_at };
  }

  /**
   * Forgets readings up to this time. What went to make room meanwhile is gone already.
   * @param {number} last_at
   */
  sent(last_at) {
    while (this.#readings[0] !== undefined && this.#readings[0].at <= last_at)
      this.#count -= this.#readings.shift()?.samples.length ?? 0;
  }
}
