import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { WRITE_WEBHOOKS } from "../access.ts";
import { disableWebhook, enableWebhook } from "./change-status.ts";
import { rotateSecret } from "./rotate-secret.ts";
import { NOT_KEPT } from "./routes.ts";
import { MadeWebhook, RotateSecretRequest, Webhook, WebhookParams } from "./schema.ts";

export const endpointCommandRoutes = createApp();

const CHANGED = {
  200: {
    description: "The webhook as it is now",
    content: { "application/json": { schema: Webhook } },
  },
  ...problems(404, 409, 422),
};

endpointCommandRoutes.openapi(
  defineRoute(WRITE_WEBHOOKS, {
    method: "post",
    path: "/webhooks/{id}/enable",
    operationId: "enableWebhook",
    tags: ["webhooks"],
    summary: "Turn a webhook on",
    description: `It gets what happens from now on; what it missed can be asked for by replay. Its failures in a row are
forgotten.`,
    request: { params: WebhookParams },
    responses: CHANGED,
  }),
  async (c) => {
    const webhook = await enableWebhook(c.get("ctx"), c.req.valid("param").id);
    return c.json(webhook, 200, etag(webhook));
  },
);

endpointCommandRoutes.openapi(
  defineRoute(WRITE_WEBHOOKS, {
    method: "post",
    path: "/webhooks/{id}/disable",
    operationId: "disableWebhook",
    tags: ["webhooks"],
    summary: "Turn a webhook off",
    description: "What waits to be sent is cancelled, and nothing is recorded for it until it is turned on.",
    request: { params: WebhookParams },
    responses: CHANGED,
  }),
  async (c) => {
    const webhook = await disableWebhook(c.get("ctx"), c.req.valid("param").id);
    return c.json(webhook, 200, etag(webhook));
  },
);

endpointCommandRoutes.openapi(
  defineRoute(
    { ...WRITE_WEBHOOKS, middleware: [idempotent] },
    {
      method: "post",
      path: "/webhooks/{id}/secret/rotate",
      operationId: "rotateWebhookSecret",
      tags: ["webhooks"],
      summary: "Give a webhook a new secret",
      description: `For \`overlap_s\` seconds messages are signed with both, so that either verifies them. The new secret
is in the answer and is shown only there.`,
      request: {
        params: WebhookParams,
        body: { required: false, content: { "application/json": { schema: RotateSecretRequest } } },
      },
      responses: {
        200: {
          description: "The webhook, with its new secret",
          content: { "application/json": { schema: MadeWebhook } },
        },
        ...problems(404, 409, 422),
      },
    },
  ),
  async (c) => {
    const { overlap_s } = RotateSecretRequest.parse(c.req.valid("json") ?? {});
    return answerOnce(
      c,
      (ctx) => rotateSecret(ctx, c.req.valid("param").id, overlap_s),
      (made: MadeWebhook) => c.json(made, 200, { ...NOT_KEPT, ...etag(made) }),
    );
  },
);
