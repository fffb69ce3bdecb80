import { and, desc, eq, inArray, like, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { toAlert } from "../../../shared/alerts/alert-row.ts";
import { matchSilences } from "../../../shared/alerts/silences/match-silences.ts";
import { readSilences } from "../../../shared/alerts/silences/read-silences.ts";
import {
  LevelCounts,
  MOST_OVERVIEW_ALERTS,
  type MonitoringOverview,
  type PlatformAlert,
} from "../../../shared/contracts/monitoring.ts";
import type { Db } from "../../../shared/db/client.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { alerts } from "../../../shared/db/schema/index.ts";

type Alerts = NonNullable<MonitoringOverview["alerts"]>;

/** Over all that was found, and not only over the first of it. */
const all = (level: string) =>
  sql`count(*) filter (where ${alerts.level} = ${level}) over ()`.mapWith(Number);
const COUNTS = { info: all("info"), warning: all("warning"), error: all("error"), critical: all("critical") };
const NONE: LevelCounts = { info: 0, warning: 0, error: 0, critical: 0 };

/** The first alerts that stand and pass `where`, newest first, each with how many there are in all. */
function readStanding(db: Db, where: SQL) {
  return db
    .select({ row: alerts, counts: COUNTS })
    .from(alerts)
    .where(and(sql`${alerts.state} <> 'resolved'`, inArray(alerts.state, ["active", "acknowledged"]), where))
    .orderBy(desc(alerts.fired_at), desc(alerts.id))
    .limit(MOST_OVERVIEW_ALERTS);
}

type Standing = Awaited<ReturnType<typeof readStanding>>[number];

/** Alerts that stand: one's own, and everybody's on the platform. Three statements. */
export async function readAlerts(db: Db, user_id: string, now: number): Promise<Alerts> {
  const [own, platform, silences] = await Promise.all([
    readStanding(db, eq(alerts.user_id, user_id)),
    readStanding(db, like(alerts.metric, "platform.%")),
    readSilences(db, user_id, now),
  ]);
  return {
    own: {
      counts: countsOf(own),
      first: own.map(({ row }) => toAlert(row, { silenced_by: matchSilences(silences, row) })),
    },
    platform: { counts: countsOf(platform), first: platform.map(({ row }) => toPlatformAlert(row, user_id)) },
  };
}

const countsOf = ([first]: Standing[]): LevelCounts =>
  first === undefined ? NONE : LevelCounts.parse(first.counts);

const StandingState = z.enum(["active", "acknowledged"]);

function toPlatformAlert(row: Standing["row"], user_id: string): PlatformAlert {
  const { id, name, metric, labels, level, value, message } = row;
  return {
    ...{ id, name, metric, labels, level, value, message },
    state: StandingState.parse(row.state),
    started_at: isoOfTimestamp(row.started_at),
    fired_at: row.fired_at === null ? null : isoOfTimestamp(row.fired_at),
    own: row.user_id === user_id,
  };
}
