import { sql } from "drizzle-orm";
import { findMetric, seriesSubjectOf } from "../../../shared/alerts/catalogue.ts";
import type { Db } from "../../../shared/db/client.ts";
import { metric_samples, metric_series } from "../../../shared/db/schema/index.ts";

/** A series as a push would make it, and what adds readings to it; without a user, one of the platform's. */
export async function pushedSeries(
  db: Db,
  user_id: string | null,
  name: string,
  labels: Record<string, string>,
) {
  const id = `mse_${user_id}_${name}_${Object.values(labels).join("_")}`;
  const definition = findMetric(name);
  const subject = definition === undefined ? "" : seriesSubjectOf(definition, labels);
  const created_at = "2026-01-01T00:00:00.000Z";
  await db.insert(metric_series).values({ id, user_id, name, labels, fingerprint: id, subject, created_at });
  return async (samples: readonly (readonly [at: string, value: string])[]) => {
    await db.insert(metric_samples).values(samples.map(([at, value]) => ({ series_id: id, at, value })));
    const newest =
      samples
        .map(([at]) => at)
        .sort()
        .at(-1) ?? created_at;
    await db.execute(
      sql`update metric_series set last_at = greatest(last_at, ${newest}::timestamptz) where id = ${id}`,
    );
  };
}
