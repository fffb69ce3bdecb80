import { z } from "@hono/zod-openapi";
import { MAX_TOKEN_CHARACTERS } from "../../../shared/auth/tokens/token-shape.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";

/** A form that hands in a token (RFC 7009, 2.1; RFC 7662, 2.1). Which kind it is shows in the token: hints are ignored. */
export const TokenToCheck = z
  .object({
    token: z
      .string({ error: "must be an access token, a refresh token or an API key" })
      .max(MAX_TOKEN_CHARACTERS, `must have at most ${MAX_TOKEN_CHARACTERS} characters`),
    token_type_hint: z.string().optional(),
  })
  .openapi("TokenToCheck");

export function parseTokenToCheck(fields: Record<string, string>): string {
  const parsed = TokenToCheck.safeParse(fields);
  if (parsed.success) return parsed.data.token;
  const details = fieldErrors(parsed.error);
  throw new AppError("invalid_request", `token ${details[0]?.message ?? "is missing"}.`, { details });
}

/** What a token stands for (RFC 7662, 2.2); `active` alone of one that is good for nothing here. */
export const IntrospectedToken = z
  .object({
    active: z.boolean(),
    /** What it may do now, separated by blanks. */
    scope: z.string().optional(),
    client_id: z.string().optional(),
    username: z.string().optional(),
    token_type: z.literal("Bearer").optional(),
    /** Seconds since 1970; absent where it does not end by itself. */
    exp: z.number().int().optional(),
    iat: z.number().int().optional(),
    nbf: z.number().int().optional(),
    sub: z.string().optional(),
    aud: z.string().optional(),
    iss: z.string().optional(),
    jti: z.string().optional(),
  })
  .openapi("IntrospectedToken");
export type IntrospectedToken = z.infer<typeof IntrospectedToken>;
