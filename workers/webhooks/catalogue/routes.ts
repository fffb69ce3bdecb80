import { z } from "@hono/zod-openapi";
import { createApp } from "../../../shared/platform/http/app.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { CATALOGUE, exampleMessage, messageSchema } from "../../../shared/webhooks/catalogue.ts";
import { READ_WEBHOOKS } from "../access.ts";

const JsonObject = z.record(z.string(), z.unknown());

const WebhookEvents = z
  .object({
    data: z.array(
      z.object({
        type: z.string(),
        description: z.string(),
        schema: JsonObject.openapi({ description: "JSON Schema (draft 2020-12) of the whole message" }),
        example: JsonObject,
      }),
    ),
  })
  .openapi("WebhookEvents");

export const catalogueRoutes = createApp();

catalogueRoutes.openapi(
  defineRoute(READ_WEBHOOKS, {
    method: "get",
    path: "/webhook-events",
    operationId: "listWebhookEvents",
    tags: ["webhooks"],
    summary: "Every event type, with JSON Schema and an example",
    description: "Each with a description, a whole message as an example, and its JSON Schema.",
    responses: {
      200: { description: "The catalogue", content: { "application/json": { schema: WebhookEvents } } },
    },
  }),
  (c) => {
    const data = CATALOGUE.map((entry) => ({
      type: entry.type,
      description: entry.description,
      schema: messageSchema(entry),
      example: exampleMessage(entry),
    }));
    return c.json({ data }, 200);
  },
);
