import { eq } from "drizzle-orm";
import { NotificationChannel } from "../../contracts/notifications.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { alert_groups } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { composeNews, type News } from "./compose.ts";
import { MOST_MEMBERS, markMembers, readMembers, removeMembers } from "./members.ts";
import { planTelling, type Telling } from "./plan-telling.ts";
import { tellWebhooks } from "./tell-webhooks.ts";

type TellCtx = Pick<Ctx, "now" | "config">;
type GroupRow = typeof alert_groups.$inferSelect;

/** What a group led to; hand it on after the commit. */
export interface Told {
  notifications: string[];
  /** Endpoints that have something due. */
  webhooks: string[];
}

/**
 * Tells what a group has to tell, if it may by now, in one notification, and says when it is looked at next. Held by the
 * group's row: of two who look at once, the second finds nothing left to tell.
 */
export async function tellGroup(tx: Tx, ctx: TellCtx, group_id: string): Promise<Told> {
  const now = ctx.now();
  const [group] = await tx.select().from(alert_groups).where(eq(alert_groups.id, group_id)).for("update");
  if (group === undefined) return { notifications: [], webhooks: [] };
  const members = await readMembers(tx, group, now);
  const more = members.length === MOST_MEMBERS;
  const telling = planTelling(timesOf(group), members, { now, more });
  const unheard = telling.released.filter(({ told_state }) => told_state === "silenced");
  const webhooks = await tellWebhooks(
    tx,
    ctx,
    unheard.map(({ alert }) => ({ alert, state: "active" })),
  );
  const id = telling.news === null ? null : await tell(tx, ctx, group, telling.news);
  await settle(tx, group, telling, now);
  return { notifications: id === null ? [] : [id], webhooks };
}

function timesOf({ due_at, last_told_at, group_interval_ms, repeat_interval_ms }: GroupRow) {
  return {
    due_at: Date.parse(isoOfTimestamp(due_at)),
    last_told_at: last_told_at === null ? null : Date.parse(isoOfTimestamp(last_told_at)),
    ...{ group_interval_ms, repeat_interval_ms },
  };
}

async function tell(tx: Tx, ctx: TellCtx, group: GroupRow, news: News): Promise<string | null> {
  const channels = NotificationChannel.array().nullable().parse(group.channels);
  return notify(tx, ctx, {
    ...composeNews(news, { now: ctx.now(), url: ctx.config.PUBLIC_URL }),
    user_id: group.user_id,
    cause: `alert-group:${group.id}:${group.told + 1}`,
    ...(channels !== null && { channels }),
  });
}

async function settle(
  tx: Tx,
  group: GroupRow,
  { news, fresh, released, held, gone, due_at }: Telling,
  now: number,
): Promise<void> {
  if (due_at === null) {
    await tx.delete(alert_groups).where(eq(alert_groups.id, group.id));
    return;
  }
  await removeMembers(tx, group.id, gone);
  await markMembers(tx, group.id, held, "held");
  if (news === null) await markMembers(tx, group.id, released, null);
  else await markMembers(tx, group.id, fresh, "active");
  await tx
    .update(alert_groups)
    .set({
      due_at: isoTime(due_at),
      ...(news !== null && { told: group.told + 1, last_told_at: isoTime(now) }),
    })
    .where(eq(alert_groups.id, group.id));
}
