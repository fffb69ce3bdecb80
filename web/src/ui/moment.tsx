import { ageOf, clockTime, shortTime, utcTime } from "../format/time.ts";
import { useNow } from "../now.ts";

/** A time in the viewer's zone, with UTC in the title. */
export function Moment({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utcTime(at)}>
      {shortTime(at, now)}
    </time>
  );
}

/** The same, with the clock on other days too: for what is told from one to another. */
export function ClockMoment({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utcTime(at)}>
      {clockTime(at, now)}
    </time>
  );
}

/** How long ago something was. */
export function Age({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utcTime(at)} className="age">
      {ageOf(at, now)}
    </time>
  );
}
