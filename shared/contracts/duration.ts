import { z } from "zod";

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const PATTERN =
  /^(?:0|(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?)$/;

/** Milliseconds of a Prometheus duration such as `90s`, `5m` or `1h30m`; `null` where it is none. */
export function parseDuration(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null || text === "") return null;
  const [, w, d, h, m, s, ms] = match;
  const part = (digits: string | undefined, unit: number) => Number(digits ?? 0) * unit;
  return (
    part(w, UNITS.w) +
    part(d, UNITS.d) +
    part(h, UNITS.h) +
    part(m, UNITS.m) +
    part(s, UNITS.s) +
    part(ms, UNITS.ms)
  );
}

/** The one way to write a duration: `5400000` is `1h30m`, 0 is `0s`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = "";
  for (const unit of ["w", "d", "h", "m", "s", "ms"] as const) {
    const count = Math.floor(rest / UNITS[unit]);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * UNITS[unit];
  }
  return text === "" ? "0s" : text;
}

/**
 * A duration in text, largest unit first, as Prometheus writes it
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations). Bounds in ms.
 */
export function duration(least: number, most: number) {
  return z
    .string()
    .max(40)
    .refine((text) => parseDuration(text) !== null, 'must be a duration such as "30s", "5m" or "1h30m"')
    .refine(
      (text) => {
        const ms = parseDuration(text);
        return ms === null || (ms >= least && ms <= most);
      },
      `must lie between ${formatDuration(least)} and ${formatDuration(most)}`,
    )
    .transform((text) => formatDuration(parseDuration(text) ?? 0))
    .meta({ type: "string", example: "5m" });
}
