import { sql } from "drizzle-orm";
import { z } from "zod";
import { findMetric, seriesSubjectOf } from "../alerts/catalogue.ts";
import { lockPlan } from "../auth/lock-plan.ts";
import { PlanLimits } from "../contracts/access.ts";
import { readRows } from "../db/rows.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { ensureDefaultRules } from "./default-rules.ts";
import type { Labels } from "./series.ts";

export interface NewSeries {
  fingerprint: string;
  name: string;
  labels: Labels;
  counter: boolean;
  unit: string | null;
}

/** Series that the owner's plan has no room for, and what to do about it. */
export interface NoRoom {
  refused: Set<string>;
  message: string;
}

/** What XSEMA keeps of its own among a user's series is not theirs. */
export const OWN_SERIES = sql`name not like 'xsema.%'`;

const Counted = z.object({ n: z.coerce.number(), known: z.array(z.string()).nullable() });

/**
 * Makes series of a user's, as many as the plan has room for, in the order they are given; those that are there already
 * stay. With the first reading of a host come the default rules. Pushes that make series of one user take turns.
 */
export async function makeSeries(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "config">,
  user_id: string,
  wanted: readonly NewSeries[],
): Promise<NoRoom> {
  const plan = await lockPlan(tx, user_id);
  const fingerprints = JSON.stringify(wanted.map(({ fingerprint }) => fingerprint));
  const [counted] = await readRows(
    tx,
    sql`select count(*) as n, array_agg(fingerprint) filter (where fingerprint = any(
        array(select json_array_elements_text(${fingerprints}::json)))) as known
      from metric_series where user_id = ${user_id} and ${OWN_SERIES}`,
    Counted,
  );
  const known = new Set(counted?.known ?? []);
  const fresh = wanted.filter(({ fingerprint }) => !known.has(fingerprint));
  const most = PlanLimits[plan].metric_series;
  const room = Math.max(0, most - (counted?.n ?? 0));
  const made = fresh.slice(0, room);
  if (made.length > 0) await insertSeries(tx, ctx, user_id, made);
  if (made.some(({ name }) => name.startsWith("host."))) await ensureDefaultRules(tx, ctx, user_id);
  return {
    refused: new Set(fresh.slice(room).map(({ fingerprint }) => fingerprint)),
    message:
      `would be a new series, and your plan (${plan}) has room for ${most}: send fewer different labels, or wait ` +
      `until series without a reading for ${ctx.config.METRICS_KEEP_DAYS} days are forgotten` +
      (plan === "free" ? `; premium has room for ${PlanLimits.premium.metric_series}` : ""),
  };
}

function subjectOf({ name, labels }: NewSeries): string {
  const definition = findMetric(name);
  return definition === undefined ? "" : seriesSubjectOf(definition, labels);
}

async function insertSeries(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  made: readonly NewSeries[],
): Promise<void> {
  const rows = made.map((series) => ({
    ...series,
    id: newId("mse", ctx.now()),
    subject: subjectOf(series),
  }));
  await tx.execute(sql`
    insert into metric_series (id, user_id, name, labels, fingerprint, subject, counter, unit, created_at)
    select i.id, ${user_id}, i.name, i.labels, i.fingerprint, i.subject, i.counter, i.unit, ${isoTime(ctx.now())}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as i(id text, name text, labels jsonb, fingerprint text, subject text, counter boolean, unit text)
    on conflict (fingerprint) do nothing`);
}
