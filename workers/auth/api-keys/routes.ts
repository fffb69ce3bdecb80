import { ApiKey, ApiKeyPage } from "../../../shared/auth/api-keys/schema.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { createKey } from "./create-key.ts";
import { listKeys, readKey } from "./read.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotateKey } from "./rotate-key.ts";
import { CreateKeyRequest, KeyParams, KeysQuery, MadeApiKey, RotateKeyRequest } from "./schema.ts";

/** What carries a secret must not be kept on the way. */
const NOT_KEPT = { "cache-control": "no-store" };

export const apiKeysApp = createApp();

apiKeysApp.openapi(
  defineRoute(
    { access: { kind: "user", permission: "api_keys:write", step_up: true }, middleware: [idempotent] },
    {
      method: "post",
      path: "/api-keys",
      operationId: "createApiKey",
      tags: ["api keys"],
      summary: "Make an API key",
      description: `The key is in the answer and is shown only there. It may do what its scopes name and its owner may do
at the time. Send it as \`Authorization: Bearer\` or \`X-API-Key\`. Each answer to it says in \`RateLimit\` how many
requests it has left.`,
      request: { body: { required: true, content: { "application/json": { schema: CreateKeyRequest } } } },
      responses: {
        201: { description: "The key", content: { "application/json": { schema: MadeApiKey } } },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => createKey(ctx, c.req.valid("json")),
      (made: MadeApiKey) => c.json(made, 201, { ...NOT_KEPT, location: `/api/v1/api-keys/${made.id}` }),
    );
  },
);

apiKeysApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "get",
      path: "/api-keys",
      operationId: "listApiKeys",
      tags: ["api keys"],
      summary: "One's API keys, newest first",
      description:
        "Newest first, those that have ended included. The text of a key is shown once, when it is made.",
      request: { query: KeysQuery },
      responses: {
        200: { description: "A page of keys", content: { "application/json": { schema: ApiKeyPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listKeys(c.get("ctx"), c.req.valid("query")), 200),
);

apiKeysApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "get",
      path: "/api-keys/{id}",
      operationId: "getApiKey",
      tags: ["api keys"],
      summary: "One of one's API keys",
      description: "Without its text, which is shown once, when it is made.",
      request: { params: KeyParams },
      responses: {
        200: {
          description: "The key, without its text",
          content: { "application/json": { schema: ApiKey } },
        },
        ...problems(404, 422),
      },
    },
  ),
  async (c) => c.json(await readKey(c.get("ctx"), c.req.valid("param").id), 200),
);

apiKeysApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "delete",
      path: "/api-keys/{id}",
      operationId: "revokeApiKey",
      tags: ["api keys"],
      summary: "Revoke an API key",
      description: `It is refused and its live connections are closed when the answer comes. Webhooks that it made are
turned off; turned on again by a person, they are that person's.`,
      request: { params: KeyParams },
      responses: { 204: { description: "It is revoked" }, ...problems(404, 422) },
    },
  ),
  async (c) => {
    await revokeKey(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);

apiKeysApp.openapi(
  defineRoute(
    { access: { kind: "user", permission: "api_keys:write", step_up: true }, middleware: [idempotent] },
    {
      method: "post",
      path: "/api-keys/{id}/rotate",
      operationId: "rotateApiKey",
      tags: ["api keys"],
      summary: "Put a new key in the place of one",
      description: `The new key has the same name, scopes, limit and lifetime. The old one goes on working for \`grace_s\`
seconds, so that programs can be given the new one without a gap.`,
      request: {
        params: KeyParams,
        body: { required: false, content: { "application/json": { schema: RotateKeyRequest } } },
      },
      responses: {
        201: { description: "The new key", content: { "application/json": { schema: MadeApiKey } } },
        ...problems(404, 409, 422),
      },
    },
  ),
  async (c) => {
    const { grace_s } = RotateKeyRequest.parse(c.req.valid("json") ?? {});
    return answerOnce(
      c,
      (ctx) => rotateKey(ctx, c.req.valid("param").id, grace_s),
      (made: MadeApiKey) => c.json(made, 201, { ...NOT_KEPT, location: `/api/v1/api-keys/${made.id}` }),
    );
  },
);
