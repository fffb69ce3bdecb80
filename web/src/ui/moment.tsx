import { ageOf, shortTime, utcTime } from "../format/time.ts";
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

/** How long ago something was. */
export function Age({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utcTime(at)} className="age">
      {ageOf(at, now)}
    </time>
  );
}
