import { and, asc, desc, eq, inArray, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { type AlertRow, toAlert } from "../../../shared/alerts/alert-row.ts";
import { matchSilences } from "../../../shared/alerts/silences/match-silences.ts";
import { readSilences } from "../../../shared/alerts/silences/read-silences.ts";
import {
  type Alert,
  AlertCounts,
  AlertState,
  type AlertTransition,
  TransitionReason,
} from "../../../shared/contracts/alerts.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { alert_transitions, alerts } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { beyond, pageOf } from "../paging.ts";
import type { AlertDetail, AlertPage, AlertsQuery } from "./schema.ts";

type ReadCtx = Pick<Ctx, "db" | "actor" | "now">;

/** For alerts that do not exist and for those of others alike. */
export function noSuchAlert(): AppError {
  return new AppError("not_found", "You have no such alert.");
}

/** What an alert is looked for by; what is left out matches every one. */
export type AlertFilter = { [Key in "rule_id" | "level" | "metric" | "collection"]?: AlertsQuery[Key] };

/** Conditions of one's alerts that pass a filter. */
export function matchesFilter(
  user_id: string,
  { rule_id, level, metric, collection }: AlertFilter,
): (SQL | undefined)[] {
  return [
    eq(alerts.user_id, user_id),
    rule_id === undefined ? undefined : eq(alerts.rule_id, rule_id),
    level === undefined ? undefined : eq(alerts.level, level),
    metric === undefined ? undefined : eq(alerts.metric, metric),
    collection === undefined ? undefined : sql`${alerts.labels} ->> 'collection' = ${collection}`,
  ];
}

/** Alerts as their owner sees them now. */
export async function showAlerts(ctx: ReadCtx, rows: readonly AlertRow[]): Promise<Alert[]> {
  const stands = rows.some(({ state }) => state !== "resolved");
  const silences = stands ? await readSilences(ctx.db, ownerOf(ctx), ctx.now()) : [];
  return rows.map((row) =>
    toAlert(row, { silenced_by: row.state === "resolved" ? [] : matchSilences(silences, row) }),
  );
}

/** The alerts of whoever asks, newest first. */
export async function listAlerts(ctx: ReadCtx, asked: AlertsQuery): Promise<AlertPage> {
  const user_id = ownerOf(ctx);
  const { state, rule_id, level, metric, collection, fired, limit, cursor } = asked;
  const scope = ["alerts", user_id, state, rule_id, level, metric, collection, fired].map(
    (part) => part ?? null,
  );
  const rows = await ctx.db
    .select()
    .from(alerts)
    .where(
      and(
        ...matchesFilter(user_id, asked),
        state && inArray(alerts.state, state),
        fired === undefined ? undefined : fired ? isNotNull(alerts.fired_at) : isNull(alerts.fired_at),
        beyond(cursor, scope, sql`(${alerts.created_at}, ${alerts.id})`),
      ),
    )
    .orderBy(desc(alerts.created_at), desc(alerts.id))
    .limit(limit + 1);
  const { page, next_cursor } = pageOf(rows, limit, scope);
  return { data: await showAlerts(ctx, page), next_cursor };
}

const standing = (state: AlertState) =>
  sql`count(*) filter (where ${alerts.state} = ${state})`.mapWith(Number);

/** How many alerts of whoever asks stand: a list shows a page of them only. */
export async function countAlerts(ctx: Pick<Ctx, "db" | "actor">): Promise<AlertCounts> {
  const [counts] = await ctx.db
    .select({
      pending: standing("pending"),
      active: standing("active"),
      acknowledged: standing("acknowledged"),
    })
    .from(alerts)
    .where(
      and(eq(alerts.user_id, ownerOf(ctx)), inArray(alerts.state, ["pending", "active", "acknowledged"])),
    );
  return AlertCounts.parse(counts);
}

/** An alert with how it came to what it is. Throws `not_found`. */
export async function readAlert(ctx: ReadCtx, id: string): Promise<AlertDetail> {
  const [row] = await ctx.db
    .select()
    .from(alerts)
    .where(and(eq(alerts.id, id), eq(alerts.user_id, ownerOf(ctx))));
  if (row === undefined) throw noSuchAlert();
  const [[alert], transitions] = await Promise.all([
    showAlerts(ctx, [row]),
    ctx.db
      .select()
      .from(alert_transitions)
      .where(eq(alert_transitions.alert_id, id))
      .orderBy(asc(alert_transitions.number)),
  ]);
  if (alert === undefined) throw noSuchAlert();
  return { ...alert, transitions: transitions.map(toTransition) };
}

function toTransition(row: typeof alert_transitions.$inferSelect): AlertTransition {
  return {
    number: row.number,
    from: AlertState.nullable().parse(row.from_state),
    to: AlertState.parse(row.to_state),
    at: isoOfTimestamp(row.at),
    recorded_at: isoOfTimestamp(row.recorded_at),
    value: row.value,
    reason: TransitionReason.parse(row.reason),
    actor: row.actor,
    comment: row.comment,
  };
}
