import { ApiKeyPage } from "../../../shared/auth/api-keys/schema.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { UserParams } from "../accounts/schema.ts";
import { listKeysOfUser, revokeKeyOfUser } from "./keys-of.ts";
import { KeyOfUserParams, KeysQuery } from "./schema.ts";

/** `/users/{id}/api-keys`: what an administrator needs when a key of somebody else has leaked. */
export const userKeyRoutes = createApp();

const access: Access = { kind: "user", permission: "users:write", step_up: true };

userKeyRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "get",
      path: "/users/{id}/api-keys",
      operationId: "listApiKeysOfUser",
      tags: ["users"],
      summary: "API keys of an account, newest first",
      description: "Needs a fresh second factor. Not of an account that holds more than you do.",
      request: { params: UserParams, query: KeysQuery },
      responses: {
        200: { description: "A page of keys", content: { "application/json": { schema: ApiKeyPage } } },
        ...problems(404, 422),
      },
    },
  ),
  async (c) => {
    const { id } = c.req.valid("param");
    return c.json(await listKeysOfUser(c.get("ctx"), id, c.req.valid("query")), 200);
  },
);

userKeyRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "delete",
      path: "/users/{id}/api-keys/{key_id}",
      operationId: "revokeApiKeyOfUser",
      tags: ["users"],
      summary: "Revoke an API key of an account",
      description: `It is refused and its live connections are closed when the answer comes. Needs a fresh second factor.
Not of an account that holds more than you do.`,
      request: { params: KeyOfUserParams },
      responses: { 204: { description: "It is revoked" }, ...problems(404, 422) },
    },
  ),
  async (c) => {
    const { id, key_id } = c.req.valid("param");
    await revokeKeyOfUser(c.get("ctx"), id, key_id);
    return c.body(null, 204);
  },
);
