import type { ActiveHours } from "../../contracts/alerts.ts";
import { createOffsetOf } from "../../domain/time-zone.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Clocks are changed at whole quarters of an hour UTC: within one, a zone's offset stands still. */
const QUARTER = 15 * MINUTE;
/** The first day of 1970 was a Thursday. */
const WEEKDAYS = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"] as const;

/** Making a zone's clock takes longer than asking it; there are some hundred zones. */
const offsets = new Map<string, (ms: number) => number>();

function offsetIn(zone: string): (ms: number) => number {
  const known = offsets.get(zone);
  if (known !== undefined) return known;
  const made = createOffsetOf(zone);
  offsets.set(zone, made);
  return made;
}

function clockMs(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return (hours * 60 + minutes) * MINUTE;
}

/** Whether hours hold where the clocks show `shown` (ms as if of UTC), and the next times shown at which that may end. */
function look({ days, start, end }: ActiveHours, shown: number): { active: boolean; next: number } {
  const [from, to] = [clockMs(start), clockMs(end)];
  const day = Math.floor(shown / DAY);
  const on = (number: number) => {
    const weekday = WEEKDAYS[((number % 7) + 7) % 7];
    return weekday !== undefined && days.includes(weekday);
  };
  const time = shown - day * DAY;
  // Hours over midnight belong to the day on which they begin.
  const overnight = to <= from;
  const active =
    (on(day) && time >= from && (overnight || time < to)) || (overnight && on(day - 1) && time < to);
  const next = Math.min(...[from, to, DAY].filter((edge) => edge > time));
  return { active, next: day * DAY + next };
}

/**
 * Whether active hours hold at an instant, and until when that stays so (ms since 1970), whatever is done to the clocks in
 * between; `null`: for ever. No hours always hold.
 */
export function activeHoursAt(
  hours: ActiveHours | null,
  t: number,
): { active: boolean; until: number | null } {
  if (hours === null) return { active: true, until: null };
  if (hours.start === hours.end && new Set(hours.days).size === WEEKDAYS.length)
    return { active: true, until: null };
  const offsetOf = offsetIn(hours.time_zone);
  const { active } = look(hours, t + offsetOf(t));
  for (let at = t; ; ) {
    const offset = offsetOf(at);
    const edge = look(hours, at + offset).next - offset;
    at = Math.min(edge, changeOfClocks(offsetOf, at, edge) ?? edge);
    if (look(hours, at + offsetOf(at)).active !== active) return { active, until: at };
  }
}

/** The first quarter of an hour in (from, to] at which clocks show another offset; `null`: they do not. */
function changeOfClocks(offsetOf: (ms: number) => number, from: number, to: number): number | null {
  const offset = offsetOf(from);
  if (offsetOf(to) === offset) return null;
  let [before, after] = [Math.floor(from / QUARTER), Math.ceil(to / QUARTER)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetOf(middle * QUARTER) === offset) before = middle;
    else after = middle;
  }
  return after * QUARTER;
}
