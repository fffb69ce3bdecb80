import { z } from "zod";
import type { Notification } from "../contracts/notifications.ts";
import type { UserEventInput } from "../contracts/user-room.ts";
import { isoOfTimestamp } from "../db/instant.ts";
import type { notifications } from "../db/schema/index.ts";

const orNull = (text: string | null) => (text === null ? null : isoOfTimestamp(text));

/** A notification as its user is shown it. */
export function toNotification(row: typeof notifications.$inferSelect): Notification {
  return {
    id: row.id,
    kind: row.kind,
    level: row.level,
    title: row.title,
    body: row.body,
    data: z.json().nullable().parse(row.data),
    created_at: isoOfTimestamp(row.created_at),
    read_at: orNull(row.read_at),
    archived_at: orNull(row.archived_at),
  };
}

/** What devices are told of a new one. */
export function notificationEvent(notification: Notification): UserEventInput {
  return {
    kind: "notification",
    id: notification.id,
    at: notification.created_at,
    data: { ...notification },
  };
}
