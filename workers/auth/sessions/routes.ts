import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { listSessions } from "./list-sessions.ts";
import { logOut } from "./log-out.ts";
import { refreshSession } from "./refresh-session.ts";
import { revokeSession, revokeSessions } from "./revoke-sessions.ts";
import {
  EndedSessions,
  EndSessionsQuery,
  LogoutRequest,
  RefreshRequest,
  SessionPage,
  SessionParams,
  SessionsQuery,
} from "./schema.ts";

export const sessionsApp = createApp();

sessionsApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/refresh",
      operationId: "refreshTokens",
      tags: ["auth"],
      summary: "Get new tokens for a refresh token",
      description: `Each refresh token is exchanged for another. Sent again within ten seconds, as tabs do that refresh at
once, it is answered with the same successor; later with another one as long as none was used, so an answer that was lost
may be asked for again. A token whose successor was used is in two hands: the session ends, and its owner is told.`,
      request: { body: { required: true, content: { "application/json": { schema: RefreshRequest } } } },
      responses: {
        200: { description: "The tokens", content: { "application/json": { schema: TokenAnswer } } },
        ...problems(401, 429, 503),
      },
    },
  ),
  async (c) =>
    c.json(await refreshSession(c.get("ctx"), c.req.valid("json").refresh_token), 200, {
      "cache-control": "no-store",
    }),
);

sessionsApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/logout",
      operationId: "logOut",
      tags: ["auth"],
      summary: "End this session",
      description: `Of the access token that is sent, or of the refresh token in the body. Its tokens are refused and its
live connections closed when the answer comes.`,
      request: { body: { required: false, content: { "application/json": { schema: LogoutRequest } } } },
      responses: { 204: { description: "It has ended" }, ...problems(401, 403, 503) },
    },
  ),
  async (c) => {
    await logOut(c.get("ctx"), c.req.raw, c.req.valid("json").refresh_token);
    return c.body(null, 204);
  },
);

sessionsApp.openapi(
  defineRoute(
    { access: { kind: "user", while_password_expired: true } },
    {
      method: "get",
      path: "/auth/sessions",
      operationId: "listSessions",
      tags: ["auth"],
      summary: "One's own live sessions",
      description: "One for each device that is logged in; `current` marks the one that asks.",
      request: { query: SessionsQuery },
      responses: {
        200: { description: "Newest first", content: { "application/json": { schema: SessionPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listSessions(c.get("ctx"), c.req.valid("query")), 200),
);

sessionsApp.openapi(
  defineRoute(
    { access: { kind: "user", while_password_expired: true } },
    {
      method: "delete",
      path: "/auth/sessions/{id}",
      operationId: "endSession",
      tags: ["auth"],
      summary: "End one of one's sessions",
      description: "Its tokens are refused with the next request, and its sockets close.",
      request: { params: SessionParams },
      responses: { 204: { description: "It has ended" }, ...problems(404, 422) },
    },
  ),
  async (c) => {
    await revokeSession(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);

sessionsApp.openapi(
  defineRoute(
    { access: { kind: "user", while_password_expired: true } },
    {
      method: "delete",
      path: "/auth/sessions",
      operationId: "endSessions",
      tags: ["auth"],
      summary: "End all other sessions of one's own",
      description:
        "Everywhere else, or with `include_current` here too. Sockets of these sessions close at once.",
      request: { query: EndSessionsQuery },
      responses: {
        200: { description: "How many ended", content: { "application/json": { schema: EndedSessions } } },
        ...problems(422),
      },
    },
  ),
  async (c) => {
    const { include_current } = c.req.valid("query");
    return c.json({ ended: await revokeSessions(c.get("ctx"), include_current === "true") }, 200);
  },
);
