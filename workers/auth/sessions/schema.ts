import { z } from "@hono/zod-openapi";
import { Cursor, limit, pathId } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

/** As `randomToken` makes them. */
const RefreshToken = z
  .string({ error: "must be the refresh_token of the last log-in or refresh" })
  .min(1, "must be the refresh_token of the last log-in or refresh")
  .max(200, "is no refresh token: those have 43 characters");

export const RefreshRequest = z.strictObject({ refresh_token: RefreshToken }).openapi("RefreshRequest");

export const LogoutRequest = z
  .strictObject({
    refresh_token: RefreshToken.optional().openapi({ description: "Where the access token has run out" }),
  })
  .openapi("LogoutRequest");

export const SessionParams = z.object({
  id: pathId("ses", "session"),
});

export const SessionsQuery = query({ limit: limit(100, 50), cursor: Cursor });
export type SessionsQuery = z.output<typeof SessionsQuery>;

export const EndSessionsQuery = query({
  include_current: z
    .enum(["true", "false"], { error: "must be true or false" })
    .default("false")
    .openapi({ description: "Ends this session too" }),
});

export const Session = z
  .object({
    id: z.string(),
    /** The one that asks. */
    current: z.boolean(),
    /** What the program calls itself, in short. */
    device: z.string(),
    user_agent: z.string().nullable(),
    /** Of the last log-in or refresh. */
    ip: z.string(),
    /** How it was proved: `pwd`, `otp`, `recovery`. */
    methods: z.array(z.string()),
    mfa_at: z.string().nullable(),
    created_at: z.string(),
    /** To the minute, about. */
    last_used_at: z.string(),
    /** Its end, however it is used. */
    expires_at: z.string(),
  })
  .openapi("Session");
export type Session = z.infer<typeof Session>;

export const SessionPage = z
  .object({ data: z.array(Session), next_cursor: z.string().nullable() })
  .openapi("SessionPage");
export type SessionPage = z.infer<typeof SessionPage>;

export const EndedSessions = z.object({ ended: z.number().int() }).openapi("EndedSessions");
