const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Lengths of a bar, and how far back the chart reaches with it; seconds. */
export const INTERVALS = {
  "1m": { seconds: MINUTE, reach: 6 * HOUR },
  "5m": { seconds: 5 * MINUTE, reach: DAY },
  "1h": { seconds: HOUR, reach: 14 * DAY },
  "1d": { seconds: DAY, reach: 365 * DAY },
} as const;

export type Interval = keyof typeof INTERVALS;
export const INTERVAL_NAMES: readonly Interval[] = ["1m", "5m", "1h", "1d"];

/** The shortest interval that has a sale in most of its bars, and whose chart, ending now, still shows the last one. */
export function intervalFor(salesADay: number | null, lastSaleAt: string | null, now: number): Interval {
  const age = lastSaleAt === null ? 0 : (now - Date.parse(lastSaleAt)) / 1000;
  const busy = salesADay ?? 0;
  const fits = (name: Interval) => {
    const { seconds, reach } = INTERVALS[name];
    return age < reach / 2 && busy >= DAY / seconds;
  };
  return INTERVAL_NAMES.find(fits) ?? (age < INTERVALS["1h"].reach / 2 ? "1h" : "1d");
}
