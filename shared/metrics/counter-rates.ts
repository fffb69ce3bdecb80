import { compareMoney, divideMoney, multiplyMoney, subtractMoney } from "../domain/money.ts";

/** A counter as it was read, at an instant in ms since 1970. */
export interface CounterReading {
  at: number;
  value: string;
}

/**
 * What a reading of a counter is worth. `first`: nothing was read before, so no rate is known yet. `same`: it was read at
 * that instant before. `late`: a newer one was counted already, and counting an older one would count its growth twice.
 */
export type CounterOutcome =
  | { kind: "rate"; value: string }
  | { kind: "first" }
  | { kind: "same" }
  | { kind: "late" };

/**
 * Rates per second of readings in the order of time, each since the reading before. A counter below the one before has
 * started anew, and is counted from 0: as Prometheus' `rate()` does
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate), without its guesses at the ends.
 * @returns an outcome for each reading, and the newest reading after them.
 */
export function counterRates(
  last: CounterReading | null,
  readings: readonly CounterReading[],
): { outcomes: CounterOutcome[]; last: CounterReading | null } {
  let before = last;
  const outcomes = readings.map((reading): CounterOutcome => {
    if (before === null) {
      before = reading;
      return { kind: "first" };
    }
    if (reading.at === before.at) return { kind: "same" };
    if (reading.at < before.at) return { kind: "late" };
    const value = ratePerSecond(before, reading);
    before = reading;
    return { kind: "rate", value };
  });
  return { outcomes, last: before };
}

function ratePerSecond(before: CounterReading, now: CounterReading): string {
  const restarted = compareMoney(now.value, before.value) < 0;
  const grown = restarted ? now.value : subtractMoney(now.value, before.value);
  return divideMoney(multiplyMoney(grown, "1000"), String(now.at - before.at));
}
