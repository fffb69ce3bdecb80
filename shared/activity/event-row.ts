import { ActivityData, type ActivityEvent } from "../contracts/activity.ts";
import type { UserEventInput } from "../contracts/user-room.ts";
import { isoOfTimestamp } from "../db/instant.ts";
import type { activity_events } from "../db/schema/index.ts";

/** An event as everybody is shown it. */
export function toActivity(row: typeof activity_events.$inferSelect): ActivityEvent {
  return {
    id: row.id,
    type: row.type,
    data: ActivityData.parse(row.data),
    event_key: row.event_key,
    occurred_at: isoOfTimestamp(row.occurred_at),
    created_at: isoOfTimestamp(row.created_at),
  };
}

/** What devices are told of it. */
export function activityEvent(event: ActivityEvent): UserEventInput {
  return { kind: "activity", id: event.id, at: event.occurred_at, data: event };
}
