import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_WEBHOOKS, WRITE_WEBHOOKS } from "../access.ts";
import { WebhookParams } from "../endpoints/schema.ts";
import { listDeliveries, readDelivery } from "./read.ts";
import { replayMessages } from "./replay-span.ts";
import { resendDelivery } from "./resend-delivery.ts";
import {
  DeliveriesQuery,
  DeliveryDetail,
  DeliveryPage,
  DeliveryParams,
  Queued,
  Replayed,
  ReplayRequest,
  TestRequest,
} from "./schema.ts";
import { sendTest } from "./send-test.ts";

/** What makes deliveries: again under the same key, it makes no others. */
const ASK = { ...WRITE_WEBHOOKS, middleware: [idempotent] };

const QUEUED = {
  202: { description: "It is on its way", content: { "application/json": { schema: Queued } } },
};

export const deliveryRoutes = createApp();

deliveryRoutes.openapi(
  defineRoute(READ_WEBHOOKS, {
    method: "get",
    path: "/webhooks/{id}/deliveries",
    operationId: "listWebhookDeliveries",
    tags: ["webhooks"],
    summary: "What was or will be sent, newest first",
    description:
      "By status, event type and time where these are given, each with what came of its last attempt.",
    request: { params: WebhookParams, query: DeliveriesQuery },
    responses: {
      200: { description: "A page of deliveries", content: { "application/json": { schema: DeliveryPage } } },
      ...problems(404, 422),
    },
  }),
  async (c) => c.json(await listDeliveries(c.get("ctx"), c.req.valid("param").id, c.req.valid("query")), 200),
);

deliveryRoutes.openapi(
  defineRoute(READ_WEBHOOKS, {
    method: "get",
    path: "/deliveries/{id}",
    operationId: "getWebhookDelivery",
    tags: ["webhooks"],
    summary: "One delivery with each of its attempts",
    description: "With the message, and request and answer of each attempt as far as they are kept.",
    request: { params: DeliveryParams },
    responses: {
      200: { description: "The delivery", content: { "application/json": { schema: DeliveryDetail } } },
      ...problems(404, 422),
    },
  }),
  async (c) => c.json(await readDelivery(c.get("ctx"), c.req.valid("param").id), 200),
);

deliveryRoutes.openapi(
  defineRoute(ASK, {
    method: "post",
    path: "/webhooks/{id}/test",
    operationId: "testWebhook",
    tags: ["webhooks"],
    summary: "Send an example",
    description: `Of \`webhook.test\` or of the type named, once, whatever the webhook asks for, also while it is disabled.
\`GET /api/v1/deliveries/{delivery_id}\` tells what became of it.`,
    request: {
      params: WebhookParams,
      body: { required: false, content: { "application/json": { schema: TestRequest } } },
    },
    responses: { ...QUEUED, ...problems(404, 409, 422) },
  }),
  async (c) => {
    const { event_type } = TestRequest.parse(c.req.valid("json") ?? {});
    return answerOnce(
      c,
      (ctx) => sendTest(ctx, c.req.valid("param").id, event_type),
      (queued: Queued) => c.json(queued, 202),
    );
  },
);

deliveryRoutes.openapi(
  defineRoute(ASK, {
    method: "post",
    path: "/deliveries/{id}/resend",
    operationId: "resendWebhookDelivery",
    tags: ["webhooks"],
    summary: "Send a message again",
    description: "A new delivery of the same message, under the same `webhook-id`.",
    request: { params: DeliveryParams },
    responses: { ...QUEUED, ...problems(404, 409, 422) },
  }),
  async (c) =>
    answerOnce(
      c,
      (ctx) => resendDelivery(ctx, c.req.valid("param").id),
      (queued: Queued) => c.json(queued, 202),
    ),
);

deliveryRoutes.openapi(
  defineRoute(ASK, {
    method: "post",
    path: "/webhooks/{id}/replay",
    operationId: "replayWebhook",
    tags: ["webhooks"],
    summary: "Send everything of a span again",
    description: `For after a downtime: what XSEMA received from \`since\` to before \`until\` and the webhook asks for now,
in that order and under the ids of the first time. Market events come whether or not anybody listened then; other
messages as long as they are kept, if some webhook asked for them then. At most 10,000 at a time. The same request again,
while messages of it wait to be sent or within a minute, is answered alike and sends nothing more.`,
    request: {
      params: WebhookParams,
      body: { required: true, content: { "application/json": { schema: ReplayRequest } } },
    },
    responses: {
      202: { description: "They are on their way", content: { "application/json": { schema: Replayed } } },
      ...problems(404, 409),
    },
  }),
  async (c) =>
    answerOnce(
      c,
      (ctx) => replayMessages(ctx, c.req.valid("param").id, c.req.valid("json")),
      (replayed: Replayed) => c.json(replayed, 202),
    ),
);
