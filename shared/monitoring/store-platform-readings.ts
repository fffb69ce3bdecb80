import { sql } from "drizzle-orm";
import type { Reader } from "../db/rows.ts";
import { seriesFingerprint, seriesKey } from "../metrics/series.ts";
import { isoTime } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import type { PlatformReading } from "./platform-readings.ts";

/**
 * Stores readings of the platform, each in the series of its name, which is made with its first one. One statement; the
 * same again, or two at once, store each once. `at`: ms since 1970.
 */
export async function storePlatformReadings(
  db: Reader,
  readings: readonly PlatformReading[],
  at: number,
): Promise<void> {
  if (readings.length === 0) return;
  const rows = await Promise.all(
    // In one order, so that two ticks at once wait for each other and do not lock crosswise.
    [...readings]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async ({ name, value }) => ({
        id: newId("mse", at),
        ...{ name, value },
        fingerprint: await seriesFingerprint(null, seriesKey(name, {})),
      })),
  );
  const time = sql`${isoTime(at)}::timestamptz`;
  await db.execute(sql`
    with read as (
      select * from json_to_recordset(${JSON.stringify(rows)}::json)
        as i(id text, name text, value numeric, fingerprint text)),
    kept as (
      insert into metric_series as s (id, user_id, name, labels, fingerprint, subject, last_raw, last_at, created_at)
      select id, null, name, '{}', fingerprint, '', value, ${time}, ${time} from read
      on conflict (fingerprint) do update set
        last_raw = case when s.last_at >= excluded.last_at then s.last_raw else excluded.last_raw end,
        last_at = greatest(s.last_at, excluded.last_at)
      returning s.id, s.fingerprint)
    insert into metric_samples (series_id, at, value)
    select kept.id, ${time}, read.value from kept join read using (fingerprint)
    on conflict do nothing`);
}
