import { z } from "@hono/zod-openapi";
import { ApiKey } from "../../../shared/auth/api-keys/schema.ts";
import { Permission } from "../../../shared/contracts/access.ts";
import { lineText } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, pathId } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const WEEK_S = 604_800;

/** ISO 8601 in any zone. */
const Time = z.iso
  .datetime({ offset: true, error: "must be a time with a zone, such as 2027-01-31T00:00:00Z" })
  .transform((written) => Date.parse(written));

export const CreateKeyRequest = z
  .strictObject({
    name: lineText(100).openapi({ example: "indexer" }),
    scopes: z
      .array(Permission)
      .min(1, "must name at least one permission")
      .max(Permission.options.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, "must name each permission once")
      .openapi({ example: ["market:read", "alerts:read"] }),
    expires_at: Time.nullable()
      .default(null)
      .openapi({
        type: ["string", "null"],
        format: "date-time",
        description: "By default it does not expire",
      }),
    requests_per_minute: z
      .int("must be a whole number")
      .min(1, "must be at least 1")
      .optional()
      .openapi({ description: "By default as many as the account's plan allows" }),
  })
  .openapi("CreateKeyRequest");
export type CreateKeyRequest = z.output<typeof CreateKeyRequest>;

export const RotateKeyRequest = z
  .strictObject({
    grace_s: z
      .int("must be a whole number of seconds")
      .min(0, "must be at least 0")
      .max(WEEK_S, `must be at most ${WEEK_S}, a week`)
      .default(86_400)
      .openapi({ description: "How long the old key goes on working, in seconds" }),
  })
  .openapi("RotateKeyRequest");

export const KeyParams = z.object({
  id: pathId("key", "API key"),
});

export const KeysQuery = query({ limit: limit(100, 50), cursor: Cursor });
export type KeysQuery = z.output<typeof KeysQuery>;

/** With the key itself, which nobody can show again. */
export const MadeApiKey = ApiKey.extend({ key: z.string().openapi({ example: "xs_live_…" }) }).openapi(
  "MadeApiKey",
);
export type MadeApiKey = z.infer<typeof MadeApiKey>;
