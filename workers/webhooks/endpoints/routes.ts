import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_WEBHOOKS, WRITE_WEBHOOKS } from "../access.ts";
import { changeWebhook } from "./change-webhook.ts";
import { createWebhook } from "./create-webhook.ts";
import { deleteWebhook } from "./delete-webhook.ts";
import { listWebhooks } from "./list-webhooks.ts";
import {
  ChangeWebhookRequest,
  CreateWebhookRequest,
  MadeWebhook,
  Webhook,
  WebhookPage,
  WebhookParams,
  WebhooksQuery,
} from "./schema.ts";
import { findWebhook, showWebhook } from "./webhook-row.ts";

/** What carries a secret must not be kept on the way. */
export const NOT_KEPT = { "cache-control": "no-store" };

export const endpointRoutes = createApp();

endpointRoutes.openapi(
  defineRoute(
    { ...WRITE_WEBHOOKS, middleware: [idempotent] },
    {
      method: "post",
      path: "/webhooks",
      operationId: "createWebhook",
      tags: ["webhooks"],
      summary: "Have messages sent to an address",
      description: `It gets what happens from now on. The secret, by which messages are verified (Standard Webhooks),
is in the answer and is shown only there.`,
      request: {
        body: { required: true, content: { "application/json": { schema: CreateWebhookRequest } } },
      },
      responses: {
        201: {
          description: "The webhook, with its secret",
          content: { "application/json": { schema: MadeWebhook } },
        },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => createWebhook(ctx, c.req.valid("json")),
      (made: MadeWebhook) =>
        c.json(made, 201, { ...NOT_KEPT, location: `/api/v1/webhooks/${made.id}`, ...etag(made) }),
    );
  },
);

endpointRoutes.openapi(
  defineRoute(READ_WEBHOOKS, {
    method: "get",
    path: "/webhooks",
    operationId: "listWebhooks",
    tags: ["webhooks"],
    summary: "One's webhooks, newest first",
    description: "Newest first, without their secrets.",
    request: { query: WebhooksQuery },
    responses: {
      200: { description: "A page of webhooks", content: { "application/json": { schema: WebhookPage } } },
      ...problems(422),
    },
  }),
  async (c) => c.json(await listWebhooks(c.get("ctx"), c.req.valid("query")), 200),
);

endpointRoutes.openapi(
  defineRoute(READ_WEBHOOKS, {
    method: "get",
    path: "/webhooks/{id}",
    operationId: "getWebhook",
    tags: ["webhooks"],
    summary: "One of one's webhooks",
    description:
      "Without its secret and the values of its headers. Its `ETag` names the revision that a change is made from.",
    request: { params: WebhookParams },
    responses: {
      200: { description: "The webhook", content: { "application/json": { schema: Webhook } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const ctx = c.get("ctx");
    const webhook = await showWebhook(ctx, await findWebhook(ctx, c.req.valid("param").id));
    return c.json(webhook, 200, etag(webhook));
  },
);

const CHANGED = {
  200: {
    description: "The webhook as it is now",
    content: { "application/json": { schema: Webhook } },
  },
  ...problems(404, 412),
};

endpointRoutes.openapi(
  defineRoute(WRITE_WEBHOOKS, {
    method: "put",
    path: "/webhooks/{id}",
    operationId: "replaceWebhook",
    tags: ["webhooks"],
    summary: "Describe a webhook anew",
    description: "What is left out takes its standard value. Secret and status stay as they are.",
    request: {
      params: WebhookParams,
      headers: IfMatch,
      body: { required: true, content: { "application/json": { schema: CreateWebhookRequest } } },
    },
    responses: CHANGED,
  }),
  async (c) => {
    const { "if-match": expected } = c.req.valid("header");
    const webhook = await changeWebhook(c.get("ctx"), c.req.valid("param").id, c.req.valid("json"), expected);
    return c.json(webhook, 200, etag(webhook));
  },
);

endpointRoutes.openapi(
  defineRoute(WRITE_WEBHOOKS, {
    method: "patch",
    path: "/webhooks/{id}",
    operationId: "changeWebhook",
    tags: ["webhooks"],
    summary: "Change parts of a webhook",
    description: "What is left out stays. What waits to be sent goes to the new address.",
    request: {
      params: WebhookParams,
      headers: IfMatch,
      body: { required: true, content: { "application/json": { schema: ChangeWebhookRequest } } },
    },
    responses: CHANGED,
  }),
  async (c) => {
    const { "if-match": expected } = c.req.valid("header");
    const webhook = await changeWebhook(c.get("ctx"), c.req.valid("param").id, c.req.valid("json"), expected);
    return c.json(webhook, 200, etag(webhook));
  },
);

endpointRoutes.openapi(
  defineRoute(WRITE_WEBHOOKS, {
    method: "delete",
    path: "/webhooks/{id}",
    operationId: "deleteWebhook",
    tags: ["webhooks"],
    summary: "Remove a webhook with its deliveries",
    description: "What waits to be sent to it is not sent any more.",
    request: { params: WebhookParams },
    responses: { 204: { description: "It is gone" }, ...problems(404, 422) },
  }),
  async (c) => {
    await deleteWebhook(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
