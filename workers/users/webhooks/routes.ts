import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { listWebhooksOfUsers, readWebhookOfUser } from "./read.ts";
import { WebhookOfUser, WebhookOfUserPage, WebhookParams, WebhooksQuery } from "./schema.ts";
import { releaseWebhook, removeWebhook, stopWebhook } from "./stop-webhook.ts";

/** `/admin/webhooks`: what an administrator needs when the webhook of somebody else must not go on. */
export const userWebhookRoutes = createApp();

const access: Access = { kind: "user", permission: "webhooks:admin", step_up: true };

const shown = (description: string) => ({
  200: { description, content: { "application/json": { schema: WebhookOfUser } } },
  ...problems(404, 422),
});

userWebhookRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "get",
      path: "/admin/webhooks",
      operationId: "listWebhooksOfUsers",
      tags: ["users"],
      summary: "Webhooks of all accounts, newest first",
      description: "Needs a fresh second factor. Without secrets, and with the host alone of each address.",
      request: { query: WebhooksQuery },
      responses: {
        200: {
          description: "A page of webhooks",
          content: { "application/json": { schema: WebhookOfUserPage } },
        },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listWebhooksOfUsers(c.get("ctx"), c.req.valid("query")), 200),
);

userWebhookRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "get",
      path: "/admin/webhooks/{id}",
      operationId: "getWebhookOfUser",
      tags: ["users"],
      summary: "A webhook of any account",
      description: "Needs a fresh second factor.",
      request: { params: WebhookParams },
      responses: shown("The webhook"),
    },
  ),
  async (c) => c.json(await readWebhookOfUser(c.get("ctx"), c.req.valid("param").id), 200),
);

userWebhookRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "post",
      path: "/admin/webhooks/{id}/disable",
      operationId: "disableWebhookOfUser",
      tags: ["users"],
      summary: "Stop a webhook of any account",
      description: `What waits to be sent is cancelled, and its owner, who is told, cannot turn it on again. Needs a fresh
second factor. Not of an account that holds more than you do.`,
      request: { params: WebhookParams },
      responses: shown("The webhook as it is now"),
    },
  ),
  async (c) => c.json(await stopWebhook(c.get("ctx"), c.req.valid("param").id), 200),
);

userWebhookRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "post",
      path: "/admin/webhooks/{id}/enable",
      operationId: "enableWebhookOfUser",
      tags: ["users"],
      summary: "Let a webhook go on that an administrator stopped",
      description: "Needs a fresh second factor. Not of an account that holds more than you do.",
      request: { params: WebhookParams },
      responses: shown("The webhook as it is now"),
    },
  ),
  async (c) => c.json(await releaseWebhook(c.get("ctx"), c.req.valid("param").id), 200),
);

userWebhookRoutes.openapi(
  defineRoute(
    { access },
    {
      method: "delete",
      path: "/admin/webhooks/{id}",
      operationId: "deleteWebhookOfUser",
      tags: ["users"],
      summary: "Remove a webhook of any account with its deliveries",
      description: "Needs a fresh second factor. Not of an account that holds more than you do.",
      request: { params: WebhookParams },
      responses: { 204: { description: "It is gone" }, ...problems(404, 422) },
    },
  ),
  async (c) => {
    await removeWebhook(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
