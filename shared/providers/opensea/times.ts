import { SkippedEvent } from "./skip.ts";

/** No NFT market is older; a smaller number is a unit mistaken or a field left at zero. */
const EARLIEST_MS = Date.UTC(2015, 0, 1);
/** Up to here a clock of theirs may run ahead of ours. */
const CLOCK_SKEW_MS = 10 * 60_000;
const LATEST_MS = Date.UTC(9999, 11, 31);

/**
 * Milliseconds of a time as OpenSea writes it: Unix seconds (number or text) or ISO 8601, where a missing
 * zone means UTC. Milliseconds are never guessed at: `null` where the value is no time in a sensible year.
 */
export function readTime(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === "") return null;
  const ms = /^\d+(?:\.\d+)?$/.test(String(value)) ? Number(value) * 1000 : readIso(String(value));
  return Number.isFinite(ms) && ms >= EARLIEST_MS && ms <= LATEST_MS ? Math.floor(ms) : null;
}

function readIso(text: string): number {
  const zoned = /(?:[zZ]|[+-]\d{2}:?\d{2})$/.test(text);
  return Date.parse(zoned || !text.includes("T") ? text : `${text}Z`);
}

/** The first readable of several times at which an event may have happened; throws `SkippedEvent` otherwise. */
export function occurredAt(values: readonly (string | number | null | undefined)[], now: number): string {
  const given = values.filter((value) => value !== null && value !== undefined && value !== "");
  if (given.length === 0) throw new SkippedEvent("time_missing", "no time is given");
  const ms = readTime(given[0]);
  if (ms === null)
    throw new SkippedEvent("time_out_of_range", `${given[0]} is no time in Unix seconds or ISO 8601`);
  if (ms > now + CLOCK_SKEW_MS) throw new SkippedEvent("future_time", `${given[0]} lies in the future`);
  return new Date(ms).toISOString();
}

/** When an order ends; `null` where it is not said or so far off that it means "never". */
export function expiresAt(value: string | number | null | undefined): string | null {
  const ms = readTime(value);
  return ms === null ? null : new Date(ms).toISOString();
}
