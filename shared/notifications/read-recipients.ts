import { eq, inArray, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { ChatChannel, DEFAULT_PREFERENCES, NotificationPreferences } from "../contracts/notifications.ts";
import { notification_preferences, users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";

export interface Recipient {
  user_id: string;
  preferences: NotificationPreferences;
  /** The chats that there is an address of. */
  chats: ChatChannel[];
}

const has = (column: PgColumn) => sql<boolean>`${column} is not null`;

/** What users want to be told, by their ids; who does not exist is left out. */
export async function readRecipients(
  tx: Pick<Tx, "select">,
  user_ids: readonly string[],
): Promise<Recipient[]> {
  const rows = await tx
    .select({
      user_id: users.id,
      preferences: notification_preferences.preferences,
      slack: has(notification_preferences.slack_url),
      discord: has(notification_preferences.discord_url),
      telegram: has(notification_preferences.telegram),
    })
    .from(users)
    .leftJoin(notification_preferences, eq(notification_preferences.user_id, users.id))
    .where(inArray(users.id, [...user_ids]));
  return rows.map(({ user_id, preferences, ...has }) => ({
    user_id,
    chats: ChatChannel.options.filter((channel) => has[channel]),
    preferences: preferences === null ? DEFAULT_PREFERENCES : NotificationPreferences.parse(preferences),
  }));
}
