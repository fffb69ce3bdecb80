import { and, eq, inArray, sql } from "drizzle-orm";
import type { ActivityEvent, ActivityInput } from "../contracts/activity.ts";
import { activity_days, activity_events, alert_rules, webhooks } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { recordMessage } from "../webhooks/record-message.ts";
import { toActivity } from "./event-row.ts";

export interface StoredActivity {
  /** In the order of the input: the event as it is stored, and whether it was there before. */
  events: { event: ActivityEvent; duplicate: boolean }[];
  /** Endpoints that have something due. */
  webhooks: string[];
  /** Whether something is new that an alert rule of the user's counts. */
  watched: boolean;
}

/** Rows are always written in one order, so that two requests with the same keys wait for each other, and no longer. */
const byKey = (a: { event_key: string | null }, b: { event_key: string | null }) =>
  (a.event_key ?? "") < (b.event_key ?? "") ? -1 : 1;

/**
 * Writes events in one transaction with their counts by day and what webhooks are to be sent. An event whose
 * `event_key` is known changes nothing.
 */
export async function storeActivity(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  inputs: readonly ActivityInput[],
): Promise<StoredActivity> {
  const at = isoTime(ctx.now());
  const rows = inputs.map((input) => ({
    id: newId("act", ctx.now()),
    user_id,
    type: input.type,
    data: input.data,
    event_key: input.event_key ?? null,
    occurred_at: input.occurred_at ?? at,
    created_at: at,
  }));
  const written = await tx
    .insert(activity_events)
    .values([...rows].sort(byKey))
    .onConflictDoNothing()
    .returning();
  const made = new Map(written.map((row) => [row.id, toActivity(row)]));
  await countDays(tx, user_id, [...made.values()]);
  const known = await readKnown(
    tx,
    user_id,
    rows.flatMap(({ id, event_key }) => (made.has(id) || event_key === null ? [] : [event_key])),
  );
  const events = rows.flatMap(({ id, event_key }) => {
    const event = made.get(id);
    const before = known.get(event_key ?? "");
    if (event !== undefined) return [{ event, duplicate: false }];
    return before === undefined ? [] : [{ event: before, duplicate: true }];
  });
  const takers = new Set<string>();
  const watched = made.size > 0 && (await hasRules(tx, user_id));
  if (!(await hasWebhooks(tx, user_id))) return { events, webhooks: [], watched };
  for (const { event, duplicate } of events)
    if (!duplicate) for (const id of await offer(tx, ctx, user_id, event)) takers.add(id);
  return { events, webhooks: [...takers], watched };
}

async function countDays(tx: Tx, user_id: string, events: ActivityEvent[]): Promise<void> {
  const counts = new Map<string, { type: string; day: string; events: number }>();
  for (const { type, occurred_at } of events) {
    const day = occurred_at.slice(0, 10);
    const counted = counts.get(`${type} ${day}`) ?? { type, day, events: 0 };
    counts.set(`${type} ${day}`, { ...counted, events: counted.events + 1 });
  }
  if (counts.size === 0) return;
  const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => ({ user_id, ...row }));
  await tx
    .insert(activity_days)
    .values(rows)
    .onConflictDoUpdate({
      target: [activity_days.user_id, activity_days.type, activity_days.day],
      set: { events: sql`${activity_days.events} + excluded.events` },
    });
}

async function readKnown(tx: Tx, user_id: string, keys: string[]): Promise<Map<string, ActivityEvent>> {
  if (keys.length === 0) return new Map();
  const rows = await tx
    .select()
    .from(activity_events)
    .where(and(eq(activity_events.user_id, user_id), inArray(activity_events.event_key, keys)));
  return new Map(rows.map((row) => [row.event_key ?? "", toActivity(row)]));
}

/** Most users have none, and a batch then need not ask for each of its events. */
async function hasWebhooks(tx: Tx, user_id: string): Promise<boolean> {
  const found = await tx
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(eq(webhooks.user_id, user_id))
    .limit(1);
  return found.length > 0;
}

async function hasRules(tx: Tx, user_id: string): Promise<boolean> {
  const { user_id: owner, metric, enabled, id } = alert_rules;
  const found = await tx
    .select({ id })
    .from(alert_rules)
    .where(and(eq(owner, user_id), eq(metric, "activity.count"), enabled))
    .limit(1);
  return found.length > 0;
}

function offer(tx: Tx, ctx: Pick<Ctx, "now">, user_id: string, event: ActivityEvent): Promise<string[]> {
  const { type, occurred_at } = event;
  return recordMessage(tx, ctx, { type: `activity.${type}`, user_id, data: { ...event }, occurred_at });
}
