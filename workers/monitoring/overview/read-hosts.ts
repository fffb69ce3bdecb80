import { sql } from "drizzle-orm";
import { z } from "zod";
import type { HostReading } from "../../../shared/contracts/monitoring.ts";
import {
  type Component,
  MOST_OVERVIEW_HOSTS,
  type MonitoredHost,
} from "../../../shared/contracts/monitoring.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { type Reader, readRows } from "../../../shared/db/rows.ts";
import { canonicalMoney } from "../../../shared/domain/money.ts";
import { canonicalLabels } from "../../../shared/metrics/series.ts";
import { seriesUnit } from "../../../shared/metrics/units.ts";
import { isoTime } from "../../../shared/platform/clock.ts";

/** A reading is known for five minutes after it was taken. */
const SILENT_MS = 5 * 60_000;
/** Of one host: mounts and interfaces make many. */
const MOST_READINGS = 40;

const Row = z.object({
  host: z.string(),
  name: z.string(),
  unit: z.string().nullable(),
  counter: z.boolean(),
  labels: z.record(z.string(), z.string()),
  at: TimeColumn,
  value: z.string().transform(canonicalMoney),
});

/** A user's hosts with the newest reading of each `host.*` series, in one statement. */
export async function readHosts(db: Reader, user_id: string, now: number): Promise<MonitoredHost[]> {
  const rows = await readRows(
    db,
    sql`with hosts as (
        select subject as host from metric_series
        where user_id = ${user_id} and name like 'host.%' and last_at is not null
        group by subject order by max(last_at) desc, subject limit ${MOST_OVERVIEW_HOSTS}::int)
      select h.host, s.name, s.labels, s.unit, s.counter, p.at, p.value from hosts h
      cross join lateral (select id, name, labels, unit, counter from metric_series
        where user_id = ${user_id} and name like 'host.%' and subject = h.host and last_at is not null
        order by last_at desc, name, id limit ${MOST_READINGS}::int) s
      cross join lateral (select at, value::text as value from metric_samples
        where series_id = s.id order by at desc limit 1) p
      order by h.host collate "C", s.name collate "C", s.labels::text collate "C"`,
    Row,
  );
  const byHost = Map.groupBy(rows, ({ host }) => host);
  return [...byHost].map(([host, own]) => {
    const last = Math.max(...own.map(({ at }) => Date.parse(at)));
    return {
      host,
      readings: own.map(toReading),
      last_at: isoTime(last),
      age_s: Math.max(0, Math.floor((now - last) / 1000)),
      silent: now - last > SILENT_MS,
    };
  });
}

function toReading({ name, labels, unit, counter, at, value }: z.infer<typeof Row>): HostReading {
  const { host: _, ...others } = labels;
  return {
    metric: name,
    labels: canonicalLabels(others),
    unit: seriesUnit({ name, unit, counter }),
    value,
    at,
  };
}

/** How a user's hosts do, all together; `null`: nobody could be asked. */
export function judgeHosts(hosts: readonly MonitoredHost[] | null, now: number): Component {
  const base = { kind: "hosts" as const, name: "hosts", checked_at: isoTime(now) };
  if (hosts === null)
    return {
      ...base,
      status: "unknown",
      reason: "Not known while the database does not answer.",
      since: null,
    };
  const silent = hosts.filter((host) => host.silent);
  if (hosts.length === 0)
    return { ...base, status: "ok", reason: "None of your hosts pushes readings.", since: null };
  if (silent.length === 0)
    return { ...base, status: "ok", reason: "All have reported in the last 5 minutes.", since: null };
  const newest = Math.max(...silent.map(({ last_at }) => Date.parse(last_at)));
  const named = silent.slice(0, 3).map(({ host }) => host);
  const more = silent.length - named.length;
  return {
    ...base,
    status: silent.length === hosts.length ? "down" : "degraded",
    reason: `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}: no readings for more than 5 minutes.`,
    // The newest to fall silent made it what it is.
    since: isoTime(newest + SILENT_MS),
  };
}
