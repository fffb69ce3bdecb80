import { z } from "@hono/zod-openapi";
import { lineText, storableText } from "../../../shared/contracts/primitives.ts";
import {
  EventTypePattern,
  WebhookCollections,
  WebhookEventType,
  WebhookFilter,
} from "../../../shared/contracts/webhooks.ts";
import { Cursor, limit, pathId, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { namesType } from "../../../shared/webhooks/topics.ts";
import { CustomHeaders } from "./custom-headers.ts";
import { faultOfCondition } from "./faults.ts";

const WebhookId = pathId("whk", "webhook");
export const WebhookParams = z.object({ id: WebhookId });

/** Sent on request only, so nobody asks for it. */
const ON_REQUEST = "webhook.test";

function existsType(pattern: string): boolean {
  const types = WebhookEventType.options.filter((type) => type !== ON_REQUEST);
  return types.some((type) => namesType(pattern, type)) || /^activity\.[a-z][a-z0-9_]*$/.test(pattern);
}

/** Types that exist, prefixes of such, and one's own activity types, registered or not. */
export const EventTypes = z
  .array(
    EventTypePattern.refine(
      (pattern) => !EventTypePattern.safeParse(pattern).success || existsType(pattern),
      "is no event type that can be asked for: GET /api/v1/webhook-events lists them, and one's own are activity.<name>",
    ),
  )
  .min(1, "must name at least one event type")
  .max(100)
  .transform((types) => [...new Set(types)])
  .openapi({ type: "array", items: { type: "string" }, example: ["market.sale", "alert.*"] });

const Filter = WebhookFilter.superRefine(({ conditions = [] }, check) => {
  for (const [index, condition] of conditions.entries()) {
    const message = faultOfCondition(condition);
    if (message !== null) check.addIssue({ code: "custom", path: ["conditions", index, "value"], message });
  }
});

const fields = {
  url: storableText(2000).openapi({ example: "https://hooks.example.com/xsema" }),
  event_types: EventTypes,
  collections: WebhookCollections.transform((slugs) => [...new Set(slugs)])
    .nullable()
    .openapi({
      type: ["array", "null"],
      items: { type: "string" },
      description: "Of events that are about a collection, only those about one of these; by default all",
    }),
  filter: Filter.nullable(),
  description: lineText(500).nullable(),
  headers: CustomHeaders.nullable(),
  ordered: z
    .boolean()
    .openapi({ description: "One message at a time for each collection, in the order of their causes" }),
};

export const CreateWebhookRequest = z
  .strictObject({
    ...fields,
    collections: fields.collections.default(null),
    filter: fields.filter.default(null),
    description: fields.description.default(null),
    headers: fields.headers.default(null),
    ordered: fields.ordered.default(false),
  })
  .openapi("CreateWebhookRequest");
export type CreateWebhookRequest = z.output<typeof CreateWebhookRequest>;

export const ChangeWebhookRequest = z
  .strictObject(fields)
  .partial()
  .refine(
    (change) => Object.keys(change).length > 0,
    `must change something: ${Object.keys(fields).join(", ")}`,
  )
  .openapi("ChangeWebhookRequest");
export type ChangeWebhookRequest = z.output<typeof ChangeWebhookRequest>;

const WEEK_S = 604_800;
export const RotateSecretRequest = z
  .strictObject({
    overlap_s: z
      .int("must be a whole number of seconds")
      .min(0, "must be at least 0")
      .max(WEEK_S, `must be at most ${WEEK_S}, a week`)
      .default(86_400)
      .openapi({ description: "How long the secret before signs too, in seconds" }),
  })
  .openapi("RotateWebhookSecretRequest");

export const Webhook = z
  .object({
    id: z.string(),
    api_key_id: z
      .string()
      .nullable()
      .openapi({ description: "The API key that made it, and that stops it when it is revoked or expires" }),
    url: z.string(),
    description: z.string().nullable(),
    event_types: z.array(z.string()),
    collections: z.array(z.string()).nullable(),
    filter: WebhookFilter.nullable(),
    headers: z
      .record(z.string(), z.string())
      .nullable()
      .openapi({ description: "Names; values are never shown" }),
    ordered: z.boolean(),
    status: z.enum(["active", "disabled"]),
    disabled_reason: z.string().nullable().openapi({
      description:
        "`owner`, `administrator`, `key_revoked`, `failures` after too many failed messages in a row, `gone` after status 410",
    }),
    disabled_at: z.string().nullable(),
    failed_in_a_row: z.number().int(),
    last_success_at: z.string().nullable(),
    last_failure_at: z.string().nullable(),
    previous_secret_until: z
      .string()
      .nullable()
      .openapi({ description: "Until then the secret before signs too" }),
    revision: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .openapi("Webhook");
export type Webhook = z.infer<typeof Webhook>;

/** With the secret, which nobody can show again. */
export const MadeWebhook = Webhook.extend({
  secret: z.string().openapi({ example: "whsec_…" }),
}).openapi("MadeWebhook");
export type MadeWebhook = z.infer<typeof MadeWebhook>;

export const WebhookPage = z
  .object({ data: z.array(Webhook), next_cursor: z.string().nullable() })
  .openapi("WebhookPage");
export type WebhookPage = z.infer<typeof WebhookPage>;

export const WebhooksQuery = query({
  api_key_id: text(64)
    .optional()
    .openapi({ description: "Only what this API key made", example: "key_0198c7e2b6a47d3f9c1e5a7b8d2f4e60" }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type WebhooksQuery = z.output<typeof WebhooksQuery>;
