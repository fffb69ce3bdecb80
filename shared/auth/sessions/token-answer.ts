import { z } from "@hono/zod-openapi";

/** What a log-in or refresh answers (RFC 6749, 5.1). */
export const TokenAnswer = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal("Bearer"),
    /** Seconds that the access token is good for. */
    expires_in: z.number().int(),
    /** Of a device that has not been seen before: send it at the next log-in. */
    device_token: z.string().optional(),
  })
  .openapi("TokenAnswer");
export type TokenAnswer = z.infer<typeof TokenAnswer>;
