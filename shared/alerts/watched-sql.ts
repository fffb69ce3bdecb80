import { type SQL, sql } from "drizzle-orm";
import { METRICS } from "./catalogue.ts";

/** Metrics that a collection's events make. */
export const MARKET_METRICS = METRICS.flatMap(({ name, owner }) => (owner === "everyone" ? [name] : []));
/** The same, for `in (…)`. */
export const MARKET_NAMES: SQL = sql.join(
  MARKET_METRICS.map((name) => sql.raw(`'${name}'`)),
  sql.raw(", "),
);

/** Whether a rule looks at a collection: a few looks into an index that holds enabled rules only. */
export const isWatched = (slug: SQL): SQL => sql`exists (select from alert_rules r
  where r.enabled and r.metric in (${MARKET_NAMES}) and r.subject in (${slug}, '*'))`;
