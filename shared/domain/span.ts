import { type CivilDate, zonedMidnight } from "./time-zone.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of each grain that figures are kept in, coarsest first. */
export const GRAIN_MS = { day: DAY, hour: HOUR, minute: MINUTE } as const;
export type Grain = keyof typeof GRAIN_MS;

/**
 * Rolling windows that end now. As at the marketplaces, they are counted in days and not in the calendar, so
 * that two months compare: 24 hours, 7, 30, 90 and 365 days.
 */
export const RANGE_MS = {
  day: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  quarter: 90 * DAY,
  year: 365 * DAY,
} as const;
export type Range = keyof typeof RANGE_MS;
const RANGES = Object.keys(RANGE_MS) as Range[];

/** The last millisecond of the year 9999: what comes after has no four-digit year. */
export const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Half-open: `from` belongs to it, `to` does not. Milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

export interface SpanInput {
  range?: string | undefined;
  time_range?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** IANA name; where the midnight of a bare date lies. UTC where it is left out. */
  time_zone?: string | undefined;
}

/** What is wrong with a span, in the words of the caller's own parameter. */
export class SpanError extends Error {
  readonly field: keyof SpanInput;
  constructor(field: keyof SpanInput, message: string) {
    super(message);
    this.name = "SpanError";
    this.field = field;
  }
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:[Zz]|[+-][01]\d:[0-5]\d))?$/;

/** Milliseconds of `2026-01-31T12:00:00Z`, or of the midnight that begins `2026-01-31`. */
function parseBound(field: "from" | "to", text: string, timeZone: string): number {
  const match = INSTANT.exec(text);
  const [, year, month, day, time] = match ?? [];
  const date: CivilDate = { year: Number(year), month: Number(month), day: Number(day) };
  const outside = new SpanError(field, "must lie in the years 1000 to 9999");
  // Date takes years below 100 for something else.
  if (match !== null && date.year < 1000) throw outside;
  const civil = new Date(Date.UTC(date.year, date.month - 1, date.day));
  // Date accepts 30 February.
  const real = match !== null && civil.getUTCMonth() === date.month - 1 && civil.getUTCDate() === date.day;
  const ms = time === undefined && real ? zonedMidnight(date, timeZone) : Date.parse(text.toUpperCase());
  if (!real)
    throw new SpanError(
      field,
      "must be a time with a zone such as 2026-01-31T12:00:00Z, or a date such as 2026-01-31",
    );
  if (ms > LAST_INSTANT) throw outside;
  return ms;
}

function checkTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new SpanError("time_zone", 'must be an IANA time zone such as "Europe/Berlin"');
  }
}

/** Bounds that may each be left out. Throws `SpanError`. */
export function parseBounds(input: Pick<SpanInput, "from" | "to" | "time_zone">): Partial<Span> {
  const timeZone = checkTimeZone(input.time_zone ?? "UTC");
  const from = input.from === undefined ? undefined : parseBound("from", input.from, timeZone);
  const to = input.to === undefined ? undefined : parseBound("to", input.to, timeZone);
  if (from !== undefined && to !== undefined && from >= to)
    throw new SpanError("to", "must be later than from");
  return { from, to };
}

/**
 * The span that a caller asked for: `range` (or `time_range`) for a window that ends now, or `from` with or
 * without `to` (now). The last day where nothing is said. Throws `SpanError`.
 */
export function parseSpan(input: SpanInput, now: number): Span & { range: Range | null } {
  const { from, to = now } = parseBounds(input);
  const field = input.range === undefined && input.time_range !== undefined ? "time_range" : "range";
  const named = input.range ?? input.time_range;
  if (input.range !== undefined && input.time_range !== undefined && input.range !== input.time_range)
    throw new SpanError("time_range", "says something else than range; use one of them");
  if (named !== undefined && (input.from !== undefined || input.to !== undefined))
    throw new SpanError(field, "cannot stand beside from and to; use one or the other");
  if (from === undefined) {
    if (input.to !== undefined) throw new SpanError("from", "is required with to");
    const range = RANGES.find((name) => name === (named ?? "day"));
    if (range === undefined) throw new SpanError(field, `must be one of ${RANGES.join(", ")}`);
    return { range, from: now - RANGE_MS[range], to: now };
  }
  if (from >= to) throw new SpanError("from", "must lie before now");
  return { range: null, from, to };
}

export interface Piece extends Span {
  /** Which rollups cover the piece; `edge` is shorter than a minute and needs the events themselves. */
  grain: Grain | "edge";
}

const FINER = { day: "hour", hour: "minute", minute: "edge" } as const;

/**
 * Cuts a span into whole UTC days, hours, minutes and what is left at its two ends, oldest first. The pieces
 * touch, never overlap and cover the span exactly; there are at most seven.
 */
export function decomposeSpan(from: number, to: number, coarsest: Grain = "day"): Piece[] {
  const cut = (start: number, end: number, grain: Grain | "edge"): Piece[] => {
    if (start >= end) return [];
    if (grain === "edge") return [{ grain, from: start, to: end }];
    const size = GRAIN_MS[grain];
    const first = Math.ceil(start / size) * size;
    const last = Math.floor(end / size) * size;
    if (first >= last) return cut(start, end, FINER[grain]);
    return [
      ...cut(start, first, FINER[grain]),
      { grain, from: first, to: last },
      ...cut(last, end, FINER[grain]),
    ];
  };
  return cut(from, to, coarsest);
}
