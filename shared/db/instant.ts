import { z } from "zod";

/** `2026-11-21 08:58:38.123+01`, as Postgres writes a time in whatever zone the session has. */
const TIMESTAMPTZ =
  /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)([+-]\d{2})(?::?(\d{2}))?(?::\d{2})?$/;

/** ISO 8601 in UTC of what the driver hands back for a `timestamptz`. Throws where it is something else. */
export function isoOfTimestamp(text: string): string {
  const [, day, time, hours, minutes = "00"] = TIMESTAMPTZ.exec(text) ?? [];
  if (day === undefined) throw new TypeError(`not a time from the database: ${text}`);
  return new Date(`${day}T${time}${hours}:${minutes}`).toISOString();
}

/** A `timestamptz` column as ISO 8601 in UTC. */
export const TimeColumn = z.string().transform(isoOfTimestamp);
