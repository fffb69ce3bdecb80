import { createOffsetOf } from "./time-zone.ts";

interface Hours {
  /** `HH:MM` by the zone's clocks. */
  start: string;
  /** The first minute that is not quiet any more; over midnight where it is before `start`. */
  end: string;
  time_zone: string;
}

const MINUTE_MS = 60_000;
const DAY_MIN = 1440;
/** Clocks are changed at whole quarters of an hour UTC: within one, a zone's offset stands still. */
const QUARTER_MS = 15 * MINUTE_MS;

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

/**
 * When quiet hours that hold at an instant end: the first instant at which the clocks of the zone show a time outside
 * of them, whatever is done to the clocks in between. `null` where they do not hold.
 */
export function quietUntil(now: number, { start, end, time_zone }: Hours): number | null {
  const [from, to] = [minuteOf(start), minuteOf(end)];
  const offsetOf = createOffsetOf(time_zone);
  /** Milliseconds until the clocks show `end`, or 0 where they show a time that is not quiet. */
  const left = (at: number, offset: number) => {
    const shown = (at + offset) / MINUTE_MS;
    const minute = shown - Math.floor(shown / DAY_MIN) * DAY_MIN;
    const quiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
    return quiet ? Math.round(((to - minute + DAY_MIN) % DAY_MIN) * MINUTE_MS) : 0;
  };
  let at = now;
  for (;;) {
    const wait = left(at, offsetOf(at));
    if (wait === 0) return at === now ? null : at;
    const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS + QUARTER_MS;
    at = Math.min(at + wait, quarter);
  }
}
