/** Counts of latencies in steps of 0.1 ms up to a minute; enough for percentiles of millions of values. */
export class Histogram {
  private readonly steps = new Uint32Array(600_001);
  count = 0;

  add(ms: number): void {
    const step = Math.max(0, Math.min(600_000, Math.round(ms * 10)));
    this.steps[step] = (this.steps[step] ?? 0) + 1;
    this.count += 1;
  }

  /** The latency in milliseconds that the share `q` of all values does not exceed. */
  quantile(q: number): number {
    let left = Math.ceil(this.count * q);
    for (const [step, n] of this.steps.entries()) {
      left -= n;
      if (left <= 0) return step / 10;
    }
    return Number.NaN;
  }
}
