import { eq, inArray, sql } from "drizzle-orm";
import { DEFAULT_PREFERENCES, NotificationPreferences } from "../contracts/notifications.ts";
import { notification_preferences, users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";

export interface Recipient {
  user_id: string;
  preferences: NotificationPreferences;
  /** Whether there is an address to send to. */
  slack: boolean;
}

/** What users want to be told, by their ids; who does not exist is left out. */
export async function readRecipients(
  tx: Pick<Tx, "select">,
  user_ids: readonly string[],
): Promise<Recipient[]> {
  const rows = await tx
    .select({
      user_id: users.id,
      preferences: notification_preferences.preferences,
      slack: sql<boolean>`${notification_preferences.slack_url} is not null`,
    })
    .from(users)
    .leftJoin(notification_preferences, eq(notification_preferences.user_id, users.id))
    .where(inArray(users.id, [...user_ids]));
  return rows.map(({ preferences, ...row }) => ({
    ...row,
    preferences: preferences === null ? DEFAULT_PREFERENCES : NotificationPreferences.parse(preferences),
  }));
}
