import { z } from "@hono/zod-openapi";
import { WebhookFilter } from "../../../shared/contracts/webhooks.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { KeyId, oneOf, Paging, UserId } from "../access/parameters.ts";

export const WebhookParams = z.object({
  id: z
    .string()
    .regex(/^whk_[0-9a-f]{32}$/, "must be the id of a webhook, such as whk_0198c7e2b6a47d3f9c1e5a7b8d2f4e60")
    .openapi({ description: "Id of the webhook" }),
});

export const WebhooksQuery = query({
  user_id: UserId.optional().openapi({ description: "Only those of this account" }),
  api_key_id: KeyId.optional().openapi({ description: "Only what this API key made" }),
  status: oneOf(["active", "disabled"]).optional().openapi({ description: "Only those in this state" }),
  ...Paging,
});
export type WebhooksQuery = z.output<typeof WebhooksQuery>;

/** A webhook as an administrator sees it: where it leads by host only, since the rest of an address may let one in. */
export const WebhookOfUser = z
  .object({
    id: z.string(),
    user_id: z.string(),
    email: z.string().openapi({ description: "Of its owner" }),
    host: z.string(),
    api_key_id: z.string().nullable(),
    description: z.string().nullable(),
    event_types: z.array(z.string()),
    collections: z.array(z.string()).nullable(),
    filter: WebhookFilter.nullable(),
    ordered: z.boolean(),
    status: z.enum(["active", "disabled"]),
    disabled_reason: z.string().nullable(),
    disabled_at: z.string().nullable(),
    withheld: z
      .string()
      .nullable()
      .openapi({ description: "Why nothing is sent to it now, although it is active" }),
    failed_in_a_row: z.number().int(),
    last_success_at: z.string().nullable(),
    last_failure_at: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("WebhookOfUser");
export type WebhookOfUser = z.infer<typeof WebhookOfUser>;

export const WebhookOfUserPage = z
  .object({ data: z.array(WebhookOfUser), next_cursor: z.string().nullable() })
  .openapi("WebhookOfUserPage");
export type WebhookOfUserPage = z.infer<typeof WebhookOfUserPage>;
