import { sql } from "drizzle-orm";
import { z } from "zod";
import { findMetric } from "../../../shared/alerts/catalogue.ts";
import type { MetricSeries } from "../../../shared/contracts/metrics.ts";
import { MOST_OVERVIEW_POINTS } from "../../../shared/contracts/monitoring.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { type Reader, readRows } from "../../../shared/db/rows.ts";
import { canonicalMoney } from "../../../shared/domain/money.ts";
import { isoTime } from "../../../shared/platform/clock.ts";

/** What tells most at a glance, in the order in which it is shown. */
const KEY_METRICS = [
  "platform.requests_per_second",
  "platform.error_rate",
  "platform.request_p95_ms",
  "platform.flush_lag_ms",
  "platform.connections",
];
const SPAN_MS = 3_600_000;

const Point = z.object({ name: z.string(), at: TimeColumn, value: z.string().transform(canonicalMoney) });

/** The platform's key figures of the last hour, as each minute's tick sampled them; in one statement. */
export async function readKeySeries(db: Reader, now: number): Promise<MetricSeries[]> {
  const points = await readRows(
    db,
    sql`select s.name, p.at, p.value from metric_series s cross join lateral (
        select m.at, m.value::text as value from metric_samples m
        where m.series_id = s.id and m.at > ${isoTime(now - SPAN_MS)}::timestamptz
          and m.at <= ${isoTime(now)}::timestamptz
        order by m.at desc limit ${MOST_OVERVIEW_POINTS}::int) p
      where s.user_id is null and s.labels = '{}'::jsonb
        and s.name = any(array(select json_array_elements_text(${JSON.stringify(KEY_METRICS)}::json)))
      order by p.at`,
    Point,
  );
  return KEY_METRICS.map((metric) => ({
    metric,
    labels: {},
    unit: findMetric(metric)?.unit ?? "number",
    currency: null,
    points: points.filter(({ name }) => name === metric).map(({ at, value }) => ({ at, value })),
  }));
}
