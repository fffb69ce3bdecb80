/** A day of the calendar, months from 1. */
export interface CivilDate {
  year: number;
  month: number;
  day: number;
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds; for many instants of one zone. */
export function createOffsetOf(timeZone: string): (ms: number) => number {
  const clock = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    era: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (ms) => {
    const parts = clock.formatToParts(ms);
    const part = (type: Intl.DateTimeFormatPartTypes) =>
      Number(parts.find((candidate) => candidate.type === type)?.value);
    const shown = Date.UTC(
      part("year"),
      part("month") - 1,
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    );
    return shown - Math.floor(ms / 1000) * 1000;
  };
}

/**
 * The instant at which a day begins in a zone (IANA name), in milliseconds since 1970. Where clocks are put
 * forward over midnight, the day begins with the first instant that bears its date.
 */
export function zonedMidnight(date: CivilDate, timeZone: string): number {
  const offsetOf = createOffsetOf(timeZone);
  const utc = Date.UTC(date.year, date.month - 1, date.day);
  // Two looks: the first guess may lie on the other side of a change of the clocks.
  const guess = utc - offsetOf(utc);
  const exact = utc - offsetOf(guess);
  if (exact === guess) return exact;
  const back = utc - offsetOf(exact);
  return back === exact ? exact : Math.max(guess, exact);
}
