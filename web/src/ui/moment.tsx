import { ageOf, clockTime, lengthOf, utcTime } from "../format/time.ts";
import { useNow, useToday } from "../now.ts";

/** A time in the viewer's zone, on other days with the date, and with UTC in the title. */
export function Moment({ at }: { at: string }) {
  const today = useToday();
  return (
    <time dateTime={at} title={utcTime(at)}>
      {clockTime(at, today)}
    </time>
  );
}

/** For how long something has been so. */
export function Lasting({ since }: { since: string }) {
  const now = useNow();
  return (
    <time dateTime={since} title={`Since ${utcTime(since)}`} className="age">
      {lengthOf(since, now)}
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
