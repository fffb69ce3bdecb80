import { z } from "@hono/zod-openapi";
import { Alert, AlertState, AlertTransition } from "../../../shared/contracts/alerts.ts";
import { NotificationLevel } from "../../../shared/contracts/notifications.ts";
import { freeText } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, oneOf, pathId, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const AlertId = pathId("alr", "alert");
export const AlertParams = z.object({ id: AlertId });

const States = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((part) => part.split(",").map((name) => name.trim())))
  .pipe(
    z.array(z.enum(AlertState.options, { error: `must be among ${AlertState.options.join(", ")}` })).min(1),
  )
  // In one order and each once, since a cursor belongs to what was asked for.
  .transform((asked) => AlertState.options.filter((state) => asked.includes(state)))
  .openapi({
    type: "array",
    items: { type: "string", enum: [...AlertState.options] },
    param: { style: "form", explode: true },
    description: "One or several, repeated or with commas between, such as `active,acknowledged`",
  });

export const AlertsQuery = query({
  state: States.optional(),
  rule_id: text(64).optional().openapi({ description: "Also of a rule that is gone" }),
  level: oneOf(NotificationLevel.options).optional().openapi({ description: "Only alerts of this level" }),
  metric: text(100)
    .optional()
    .openapi({ example: "market.floor", description: "Only alerts on this metric" }),
  collection: text(100).optional().openapi({
    example: "cryptopunks",
    description: "Value of the label `collection`",
  }),
  fired: oneOf(["true", "false"])
    .transform((word) => word === "true")
    .optional()
    .openapi({
      type: "boolean",
      description: "Only what fired, or only what was pending at most",
    }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type AlertsQuery = z.output<typeof AlertsQuery>;

export const AlertPage = z
  .object({ data: z.array(Alert), next_cursor: z.string().nullable() })
  .openapi("AlertPage");
export type AlertPage = z.infer<typeof AlertPage>;

export const AlertDetail = Alert.extend({
  transitions: z.array(AlertTransition).openapi({ description: "Oldest first" }),
}).openapi("AlertDetail");
export type AlertDetail = z.infer<typeof AlertDetail>;

const comment = freeText(500)
  .nullable()
  .default(null)
  .openapi({ type: ["string", "null"], example: "On it" });

export const CommentRequest = z.strictObject({ comment }).openapi("AlertCommentRequest");
export type CommentRequest = z.output<typeof CommentRequest>;

/** Each is a few statements in one transaction. */
export const MOST_ACKNOWLEDGED = 100;

export const AcknowledgeAlertsRequest = z
  .strictObject({
    ids: z
      .array(AlertId)
      .min(1)
      .max(MOST_ACKNOWLEDGED)
      .transform((ids) => [...new Set(ids)])
      .optional()
      .openapi({ type: "array", items: { type: "string" } }),
    filter: z
      .strictObject({
        rule_id: text(64).optional(),
        level: NotificationLevel.optional(),
        metric: text(100).optional(),
        collection: text(100).optional(),
      })
      .optional()
      .openapi({ description: "Active alerts for which all of this holds; empty: every active one" }),
    comment,
  })
  .refine(
    ({ ids, filter }) => (ids === undefined) !== (filter === undefined),
    "must have either ids or filter",
  )
  .openapi("AcknowledgeAlertsRequest", { example: { filter: { metric: "market.floor" }, comment: "Seen" } });
export type AcknowledgeAlertsRequest = z.output<typeof AcknowledgeAlertsRequest>;

export const AcknowledgedAlerts = z
  .object({
    acknowledged: z.array(z.string()).openapi({ description: "Ids that are acknowledged by this request" }),
    skipped: z
      .array(
        z.object({
          id: z.string(),
          reason: z.enum(["not_found", "pending", "acknowledged", "resolved"]),
        }),
      )
      .openapi({ description: "Ids that were named and are not active, with what they are" }),
    more: z.boolean().openapi({
      description: `A request takes ${MOST_ACKNOWLEDGED} of what a filter finds; there is more: ask again`,
    }),
  })
  .openapi("AcknowledgedAlerts");
export type AcknowledgedAlerts = z.infer<typeof AcknowledgedAlerts>;
