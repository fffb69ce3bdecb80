import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { NotificationLevel } from "../contracts/notifications.ts";
import { askAgain } from "../db/ask-again.ts";
import { TimeColumn } from "../db/instant.ts";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { MOST_ATTEMPTS } from "./retry.ts";

/** Longer than sending takes at the most; who dies in between leaves the row to the next tick. */
const LEASE_MS = 60_000;
const LEASE_SPREAD_MS = 30_000;

const Claim = z.object({
  notification_id: z.string(),
  user_id: z.string(),
  channel: z.string(),
  /** With this one. */
  attempts: z.number(),
  kind: z.string(),
  level: NotificationLevel,
  title: z.string(),
  body: z.string(),
  created_at: TimeColumn,
});
export type Claim = z.infer<typeof Claim>;

type ClaimCtx = Pick<Ctx, "db" | "now"> & { wait?: (ms: number) => Promise<void> };

/** So often is a claim asked for at once, where the database does not answer. */
const MOST_ASKED = 3;

/**
 * Takes what is free under a lease that nobody else has. Where the answer is lost, it is asked for again and gives what
 * the first question may have taken, so that nothing waits for a lease of nobody.
 */
async function take(
  { db, now, wait }: ClaimCtx,
  which: (at: string, lease: string) => SQL,
): Promise<Claim[]> {
  const at = isoTime(now());
  // Its end names the lease: two jobs of one moment must not take each other's for theirs.
  const lease = isoTime(now() + LEASE_MS + Math.floor(Math.random() * LEASE_SPREAD_MS));
  return askAgain(MOST_ASKED, () => claim(db, { at, lease, which: which(at, lease) }), wait);
}

function claim(
  db: Reader,
  { at, lease, which }: { at: string; lease: string; which: SQL },
): Promise<Claim[]> {
  return readRows(
    db,
    sql`update notification_sends s
      set attempts = s.attempts + case when s.leased_until = ${lease}::timestamptz then 0 else 1 end,
        leased_until = ${lease}::timestamptz
      from notifications n
      where n.id = s.notification_id and s.status = 'pending'
        and (s.attempts < ${MOST_ATTEMPTS} or s.leased_until = ${lease}::timestamptz)
        and (s.leased_until is null or s.leased_until <= ${at}::timestamptz or s.leased_until = ${lease}::timestamptz)
        and ${which}
      returning s.notification_id, s.user_id, s.channel, s.attempts, n.kind, n.level, n.title, n.body,
        n.created_at::text as created_at`,
    Claim,
  );
}

/** So many sends one job makes: each costs a few requests, of which one invocation may make a thousand. */
export const MOST_CLAIMED = 150;

/** Takes what is due of these notifications, `MOST_CLAIMED` at the most: of many who try at once, one gets each. */
export async function claimSends(ctx: ClaimCtx, notification_ids: readonly string[]): Promise<Claim[]> {
  return take(
    ctx,
    (at, lease) => sql`(s.notification_id, s.channel) in (
      select notification_id, channel from notification_sends
      where status = 'pending' and due_at <= ${at}::timestamptz and (leased_until = ${lease}::timestamptz
          or attempts < ${MOST_ATTEMPTS} and (leased_until is null or leased_until <= ${at}::timestamptz))
        and notification_id = any(${sql.param([...notification_ids])}::text[])
      limit ${MOST_CLAIMED}::int for update skip locked)`,
  );
}

/** Takes what else of a kind waits to be mailed to a user within the window of a digest that is due. */
export async function claimDigest(
  ctx: ClaimCtx,
  { user_id, kind, window_s }: { user_id: string; kind: string; window_s: number },
): Promise<Claim[]> {
  return take(
    ctx,
    () => sql`s.channel = 'email' and s.user_id = ${user_id} and n.kind = ${kind} and n.level <> 'critical'
      and s.due_at <= ${isoTime(ctx.now() + window_s * 1000)}::timestamptz`,
  );
}
