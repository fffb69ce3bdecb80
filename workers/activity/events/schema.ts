import { z } from "@hono/zod-openapi";
import {
  ActivityAnswer,
  ActivityEvent,
  ActivityInput,
  MAX_ACTIVITY_EVENTS,
} from "../../../shared/contracts/activity.ts";
import { Instant } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

/** The request around several events; each is checked by itself, so that a bad one keeps out no good one. */
export const ActivityBatch = z.strictObject({
  events: z
    .array(z.unknown())
    .min(1, "must hold at least one event")
    .max(
      MAX_ACTIVITY_EVENTS,
      `may hold at most ${MAX_ACTIVITY_EVENTS} events; send the rest in another request`,
    ),
});

/** As the OpenAPI document tells of it. */
export const RecordActivityRequest = z
  .union([ActivityInput, z.object({ events: z.array(ActivityInput).max(MAX_ACTIVITY_EVENTS) })])
  .openapi("RecordActivityRequest");

export const RecordedActivity = z.union([ActivityEvent, ActivityAnswer]);

export const ActivityQuery = query({
  type: text(64).optional().openapi({ description: "Only events of this type" }),
  from: Instant.optional().openapi({ type: "string", format: "date-time", description: "Then or later" }),
  to: Instant.optional().openapi({ type: "string", format: "date-time", description: "Before then" }),
  limit: limit(200, 50),
  cursor: Cursor,
});
export type ActivityQuery = z.output<typeof ActivityQuery>;

export const ActivityPage = z
  .object({ data: z.array(ActivityEvent), next_cursor: z.string().nullable() })
  .openapi("ActivityPage");
export type ActivityPage = z.infer<typeof ActivityPage>;
