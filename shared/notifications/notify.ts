import type { NotificationChannel, NotificationKind, NotificationLevel } from "../contracts/notifications.ts";
import { notification_sends, notifications } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { chooseChannels } from "./choose-channels.ts";
import { offerToWebhooks } from "./offer-to-webhooks.ts";
import { planSends } from "./plan-sends.ts";
import { readBrowsers } from "./push/read-browsers.ts";
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
  /** Exactly these, in place of those that the preferences choose; quiet hours and digests hold all the same. */
  channels?: readonly NotificationChannel[] | undefined;
}

type NotifyTx = Pick<Tx, "select" | "insert" | "execute">;

/**
 * Tells users something, in the transaction of what happened: a row each, what is to be sent by their preferences, and
 * a message to their webhooks. After the commit call `deliverNotificationsSoon` with the ids that this answers, which
 * leave out users who were told of this cause before. Where it is not to be seen in the app, the row is made archived.
 */
export async function notifyUsers(
  tx: NotifyTx,
  { now }: Pick<Ctx, "now">,
  user_ids: readonly string[],
  { cause, channels, ...what }: NewNotification,
): Promise<string[]> {
  const recipients = await readRecipients(tx, user_ids);
  if (recipients.length === 0) return [];
  const at = now();
  const created_at = isoTime(at);
  const { kind, level } = what;
  const told = new Map(
    recipients.map((recipient) => {
      const chosen = chooseChannels(recipient.preferences, { kind, channels });
      return [recipient.user_id, { ...recipient, channels: chosen }];
    }),
  );
  const made = await tx
    .insert(notifications)
    .values(
      [...told.values()].map(({ user_id, channels }) => ({
        id: newId("ntf", at),
        ...{ ...what, user_id, cause, created_at },
        data: what.data ?? null,
        archived_at: channels.has("in_app") ? null : created_at,
      })),
    )
    .onConflictDoNothing({ target: [notifications.user_id, notifications.cause] })
    .returning({ id: notifications.id, user_id: notifications.user_id });
  if (made.length === 0) return [];
  const new_to = made.map(({ user_id }) => user_id);
  const gathering = await readGathering(tx, { user_ids: new_to, kind, now: at });
  const browsers = await readBrowsers(tx, new_to);
  const sends = made.flatMap(({ id, user_id }) => {
    const to = told.get(user_id);
    if (to === undefined) return [];
    const occasion = {
      ...{ level, channels: to.channels, now: at, chats: to.chats },
      gathering: gathering.get(user_id) ?? null,
      browsers: browsers.get(user_id) ?? [],
    };
    return planSends(to.preferences, occasion).map(({ channel, due }) => ({
      ...{ notification_id: id, user_id, channel },
      status: "pending",
      due_at: isoTime(due),
    }));
  });
  if (sends.length > 0) await tx.insert(notification_sends).values(sends);
  await offerToWebhooks(
    tx,
    { now },
    made
      .filter(({ user_id }) => told.get(user_id)?.channels.has("webhook"))
      .map((row) => ({ ...what, ...row, data: what.data ?? null, created_at })),
  );
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
