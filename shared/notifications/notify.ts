import type { NotificationKind, NotificationLevel } from "../contracts/notifications.ts";
import { notification_sends, notifications } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { wantsChannel } from "./choose-channels.ts";
import { planSends } from "./plan-sends.ts";
import { readGathering } from "./read-gathering.ts";
import { readRecipients } from "./read-recipients.ts";

export interface NewNotification {
  kind: NotificationKind;
  level: NotificationLevel;
  /** One line, no mark-up. */
  title: string;
  body: string;
  /** What it is about, such as `alert:alt_…:fired`: a user is told of one cause once. */
  cause: string;
  /** For programs; small, since it goes to every device. */
  data?: Record<string, unknown> | undefined;
}

type NotifyTx = Pick<Tx, "select" | "insert" | "execute">;

/**
 * Tells users something, in the transaction of what happened: a row each, and what is to be sent by their preferences.
 * After the commit call `deliverNotificationsSoon` with the ids that this answers, which leave out users who were
 * told of this cause before. Where a user wants none of it in the app, the row is made archived.
 */
export async function notifyUsers(
  tx: NotifyTx,
  { now }: Pick<Ctx, "now">,
  user_ids: readonly string[],
  { kind, level, title, body, cause, data }: NewNotification,
): Promise<string[]> {
  const recipients = await readRecipients(tx, user_ids);
  if (recipients.length === 0) return [];
  const at = now();
  const created_at = isoTime(at);
  const made = await tx
    .insert(notifications)
    .values(
      recipients.map(({ user_id, preferences }) => ({
        id: newId("ntf", at),
        ...{ user_id, kind, level, title, body, cause, created_at },
        data: data ?? null,
        archived_at: wantsChannel(preferences, kind, "in_app") ? null : created_at,
      })),
    )
    .onConflictDoNothing({ target: [notifications.user_id, notifications.cause] })
    .returning({ id: notifications.id, user_id: notifications.user_id });
  const byUser = new Map(recipients.map((recipient) => [recipient.user_id, recipient]));
  const gathering = await readGathering(tx, { user_ids: made.map(({ user_id }) => user_id), kind, now: at });
  const sends = made.flatMap(({ id, user_id }) => {
    const to = byUser.get(user_id);
    if (to === undefined) return [];
    const occasion = { kind, level, now: at, gathering: gathering.get(user_id) ?? null, slack: to.slack };
    return planSends(to.preferences, occasion).map(({ channel, due }) => ({
      ...{ notification_id: id, user_id, channel },
      status: "pending",
      due_at: isoTime(due),
    }));
  });
  if (sends.length > 0) await tx.insert(notification_sends).values(sends);
  return made.map(({ id }) => id);
}

/** The same for one user: the id, or `null` where that user was told of this cause before. */
export async function notify(
  tx: NotifyTx,
  ctx: Pick<Ctx, "now">,
  { user_id, ...what }: NewNotification & { user_id: string },
): Promise<string | null> {
  const [id] = await notifyUsers(tx, ctx, [user_id], what);
  return id ?? null;
}
