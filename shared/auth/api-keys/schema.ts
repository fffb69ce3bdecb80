import { z } from "@hono/zod-openapi";
import { Permission } from "../../contracts/access.ts";

export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Its first characters, by which it is told from others. */
    prefix: z.string(),
    status: z.enum(["active", "expired", "revoked"]),
    scopes: z.array(Permission),
    requests_per_minute: z.number().int(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    /** To the minute, about. */
    last_used_at: z.string().nullable(),
    last_used_ip: z.string().nullable(),
    revoked_at: z.string().nullable(),
    /** The key that took its place at a rotation. */
    replaced_by: z.string().nullable(),
    webhooks: z.number().int().openapi({
      description: "Webhooks that it made, which stop when it is revoked: GET /api/v1/webhooks?api_key_id=",
    }),
  })
  .openapi("ApiKey");
export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyPage = z
  .object({ data: z.array(ApiKey), next_cursor: z.string().nullable() })
  .openapi("ApiKeyPage");
export type ApiKeyPage = z.infer<typeof ApiKeyPage>;
