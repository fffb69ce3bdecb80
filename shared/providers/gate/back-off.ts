export interface BackOff {
  base_ms: number;
  max_ms: number;
}

/**
 * Exponential back-off with "equal jitter": half of the doubled delay is certain, half is chance, so that
 * clients that failed together do not come back together.
 * `attempt` counts from 1; `random` is in [0, 1).
 */
export function backOffDelay({ base_ms, max_ms }: BackOff, attempt: number, random: number): number {
  const ceiling = Math.min(max_ms, base_ms * 2 ** Math.min(attempt - 1, 30));
  return Math.ceil(ceiling / 2 + (ceiling / 2) * random);
}
