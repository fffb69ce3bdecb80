import { and, asc, eq, inArray } from "drizzle-orm";
import { NotificationChannel } from "../../contracts/notifications.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { alert_group_members, alert_groups, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { recordMessage } from "../../webhooks/record-message.ts";
import type { AlertRow } from "../alert-row.ts";
import { matchSilences } from "../silences/match-silences.ts";
import { type CurrentSilence, readSilences } from "../silences/read-silences.ts";
import { alertMessage } from "./alert-message.ts";
import { composeNews, type News } from "./compose.ts";

type TellCtx = Pick<Ctx, "now" | "config">;
type GroupRow = typeof alert_groups.$inferSelect;

/** What a group led to; hand it on after the commit. */
export interface Told {
  notifications: string[];
  /** Endpoints that have something due. */
  webhooks: string[];
}

const NOTHING: Told = { notifications: [], webhooks: [] };
/** Members that one look takes, so that a flood stays within one transaction; the rest is told with the next. */
const MOST_MEMBERS = 2000;

interface Member {
  told_state: string | null;
  alert: AlertRow;
  /** Silences that hold it back now. */
  silences: CurrentSilence[];
}

/**
 * Tells what a group has to tell, if it is due, in one notification, and says when it is looked at next. Held by the
 * group's row: of two who look at once, the second finds nothing left to tell.
 */
export async function tellGroup(tx: Tx, ctx: TellCtx, group_id: string): Promise<Told> {
  const now = ctx.now();
  const [group] = await tx.select().from(alert_groups).where(eq(alert_groups.id, group_id)).for("update");
  if (group === undefined) return NOTHING;
  const members = await readMembers(tx, group, now);
  const awake = members.filter(({ silences }) => silences.length === 0);
  const due = Date.parse(isoOfTimestamp(group.due_at)) <= now;
  const unsilenced = awake.some(({ told_state }) => told_state === "silenced");
  if (!due && !unsilenced) return NOTHING;
  const last = group.last_told_at === null ? null : Date.parse(isoOfTimestamp(group.last_told_at));
  const repeats = last === null || last + group.repeat_interval_ms <= now;
  const news = newsOf(awake, repeats);
  const tells = Object.values(news).some((list) => list.length > 0);
  const told = tells ? await tell(tx, ctx, group, news) : NOTHING;
  const after = tells ? { told: group.told + 1, told_at: now } : { told: group.told, told_at: last };
  await settle(tx, group, { members, fresh: news.fresh, now, ...after });
  return told;
}

async function readMembers(tx: Tx, group: GroupRow, now: number): Promise<Member[]> {
  const rows = await tx
    .select({ told_state: alert_group_members.told_state, alert: alerts })
    .from(alert_group_members)
    .innerJoin(alerts, eq(alerts.id, alert_group_members.alert_id))
    .where(eq(alert_group_members.group_id, group.id))
    .orderBy(asc(alerts.fired_at), asc(alerts.id))
    .limit(MOST_MEMBERS);
  const silences = await readSilences(tx, group.user_id, now);
  return rows.map((row) => {
    const holding = new Set(matchSilences(silences, row.alert));
    return { ...row, silences: silences.filter(({ id }) => holding.has(id)) };
  });
}

const wasTold = ({ told_state }: Member) => told_state === "active" || told_state === "acknowledged";

function newsOf(members: readonly Member[], repeats: boolean): News {
  const pick = (holds: (member: Member) => boolean) => members.filter(holds).map(({ alert }) => alert);
  return {
    fresh: pick((member) => member.alert.state === "active" && !wasTold(member)),
    // What fired and went before anybody was told is told once; what a silence held back for all its time, never.
    over: pick(({ alert, told_state }) => alert.state === "resolved" && told_state === null),
    resolved: pick((member) => member.alert.state === "resolved" && wasTold(member)),
    lasting: repeats ? pick((member) => member.alert.state === "active" && wasTold(member)) : [],
  };
}

async function tell(tx: Tx, ctx: TellCtx, group: GroupRow, news: News): Promise<Told> {
  const page = new URL("/alerts", ctx.config.PUBLIC_URL).href;
  const channels = NotificationChannel.array().nullable().parse(group.channels);
  const id = await notify(tx, ctx, {
    ...composeNews(news, { now: ctx.now(), page }),
    user_id: group.user_id,
    cause: `alert-group:${group.id}:${group.told + 1}`,
    ...(channels !== null && { channels }),
  });
  const webhooks = new Set<string>();
  // Nothing where they were told when it fired: the message has the same id.
  for (const alert of news.fresh)
    for (const taker of await recordMessage(tx, ctx, alertMessage(alert, "active"))) webhooks.add(taker);
  return { notifications: id === null ? [] : [id], webhooks: [...webhooks] };
}

interface Settled {
  members: readonly Member[];
  /** Were told just now. */
  fresh: readonly AlertRow[];
  told: number;
  told_at: number | null;
  now: number;
}

async function settle(
  tx: Tx,
  group: GroupRow,
  { members, fresh, told, told_at, now }: Settled,
): Promise<void> {
  const isOver = ({ alert }: Member) => alert.state === "resolved";
  await remove(tx, group, members.filter(isOver));
  const more = members.length === MOST_MEMBERS;
  const standing = members.filter((member) => !isOver(member));
  if (standing.length === 0 && !more) {
    await tx.delete(alert_groups).where(eq(alert_groups.id, group.id));
    return;
  }
  await mark(tx, group, fresh, "active");
  const acknowledged = standing.filter(({ alert }) => alert.state === "acknowledged");
  await mark(
    tx,
    group,
    acknowledged.map(({ alert }) => alert),
    "acknowledged",
  );
  await tx
    .update(alert_groups)
    .set({
      told,
      last_told_at: told_at === null ? null : isoTime(told_at),
      due_at: isoTime(nextLook(group, { standing, told_at, now, more })),
    })
    .where(eq(alert_groups.id, group.id));
}

async function remove(tx: Tx, group: GroupRow, members: readonly Member[]): Promise<void> {
  if (members.length === 0) return;
  const ids = members.map(({ alert }) => alert.id);
  await tx
    .delete(alert_group_members)
    .where(and(eq(alert_group_members.group_id, group.id), inArray(alert_group_members.alert_id, ids)));
}

async function mark(tx: Tx, group: GroupRow, list: readonly AlertRow[], told_state: string): Promise<void> {
  if (list.length === 0) return;
  const ids = list.map(({ id }) => id);
  await tx
    .update(alert_group_members)
    .set({ told_state })
    .where(and(eq(alert_group_members.group_id, group.id), inArray(alert_group_members.alert_id, ids)));
}

/** At the end of the first silence that holds something back, or when what stands is told again. */
function nextLook(
  group: GroupRow,
  of: { standing: readonly Member[]; told_at: number | null; now: number; more: boolean },
): number {
  if (of.more) return of.now + group.group_interval_ms;
  const ends = of.standing.flatMap(({ silences }) => silences.map(({ ends_at }) => Date.parse(ends_at)));
  return Math.min((of.told_at ?? of.now) + group.repeat_interval_ms, ...ends);
}
