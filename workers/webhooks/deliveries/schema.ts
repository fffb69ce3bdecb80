import { z } from "@hono/zod-openapi";
import { Instant } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, oneOf, pathId, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { catalogueEntry } from "../../../shared/webhooks/catalogue.ts";
import { EventTypes } from "../endpoints/schema.ts";

/** Made here, so that it can be described for the OpenAPI document. */
const Time = z.string().pipe(Instant);

export const DeliveryParams = z.object({
  id: pathId("dlv", "delivery"),
});

const STATUSES = ["pending", "delivered", "failed", "expired", "skipped", "withheld", "cancelled"] as const;

export const DeliveriesQuery = query({
  status: oneOf(STATUSES).optional().openapi({ description: "Only deliveries in this state" }),
  event_type: text(100)
    .optional()
    .openapi({ example: "market.sale", description: "Only events of this type" }),
  from: Time.optional().openapi({
    type: "string",
    format: "date-time",
    description: "Made then or later",
  }),
  to: Time.optional().openapi({ type: "string", format: "date-time", description: "Made before then" }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type DeliveriesQuery = z.output<typeof DeliveriesQuery>;

export const Delivery = z
  .object({
    id: z.string(),
    webhook_id: z.string(),
    /** The `webhook-id` of every attempt. */
    message_id: z.string(),
    event_type: z.string(),
    collection: z.string().nullable(),
    cause: z.enum(["event", "test", "resend", "replay"]),
    status: z.enum(STATUSES),
    /** Made so far. */
    attempts: z.number().int(),
    next_attempt_at: z.string().nullable(),
    /** Why it is then, or why there is none. */
    next_attempt_reason: z.string().nullable(),
    last_attempt: z
      .object({
        at: z.string(),
        duration_ms: z.number().int(),
        response_status: z.number().int().nullable(),
        error: z.string().nullable(),
        error_detail: z.string().nullable(),
      })
      .nullable(),
    occurred_at: z.string(),
    expires_at: z.string().nullable(),
    created_at: z.string(),
    finished_at: z.string().nullable(),
  })
  .openapi("WebhookDelivery");
export type Delivery = z.infer<typeof Delivery>;

export const DeliveryPage = z
  .object({ data: z.array(Delivery), next_cursor: z.string().nullable() })
  .openapi("WebhookDeliveryPage");
export type DeliveryPage = z.infer<typeof DeliveryPage>;

const Headers = z.record(z.string(), z.string());

export const DeliveryAttempt = z
  .object({
    attempt: z.number().int(),
    at: z.string(),
    duration_ms: z.number().int(),
    url: z.string(),
    /** As sent; of custom headers only the names. */
    request_headers: Headers,
    request_body: z.string(),
    response_status: z.number().int().nullable(),
    response_headers: Headers.nullable(),
    /** Its first 4 KiB. */
    response_body: z.string().nullable(),
    /** `timeout`, `refused_address`, `connection`, `redirect`, `status`; `null` where it succeeded. */
    error: z.string().nullable(),
    error_detail: z.string().nullable(),
    trace_id: z.string(),
  })
  .openapi("WebhookDeliveryAttempt");

export const DeliveryDetail = Delivery.extend({
  data: z.record(z.string(), z.unknown()).openapi({ description: "`data` of the message" }),
  attempt_log: z.array(DeliveryAttempt),
}).openapi("WebhookDeliveryDetail");
export type DeliveryDetail = z.infer<typeof DeliveryDetail>;

export const TestRequest = z
  .strictObject({
    event_type: z
      .string()
      .refine(
        (type) => catalogueEntry(type) !== undefined,
        "is no event type with an example: GET /api/v1/webhook-events lists them",
      )
      .default("webhook.test")
      .openapi({ example: "market.sale" }),
  })
  .openapi("TestWebhookRequest");

/** A delivery that was asked for. */
export const Queued = z
  .object({ delivery_id: z.string(), message_id: z.string(), event_type: z.string() })
  .openapi("QueuedWebhookDelivery");
export type Queued = z.infer<typeof Queued>;

export const ReplayRequest = z
  .strictObject({
    since: Time.openapi({ type: "string", format: "date-time", example: "2026-11-21T08:00:00Z" }),
    until: Time.optional().openapi({
      type: "string",
      format: "date-time",
      example: "2026-11-21T09:00:00Z",
      description: "By default, now",
    }),
    event_types: EventTypes.optional().openapi({
      description: "Of what the webhook asks for, only these; by default all of it",
    }),
  })
  .openapi("ReplayWebhookRequest");
export type ReplayRequest = z.output<typeof ReplayRequest>;

export const Replayed = z
  .object({
    count: z.number().int(),
    /** When the first and the last of them were received. */
    first: z.string().nullable(),
    last: z.string().nullable(),
  })
  .openapi("ReplayedWebhook");
export type Replayed = z.infer<typeof Replayed>;
