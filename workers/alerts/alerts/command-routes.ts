import { Alert } from "../../../shared/contracts/alerts.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { etag } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { WRITE_ALERTS } from "../access.ts";
import { acknowledgeAlert, acknowledgeAlerts, resolveAlert } from "./by-hand.ts";
import { AcknowledgeAlertsRequest, AcknowledgedAlerts, AlertParams, CommentRequest } from "./schema.ts";

export const alertCommandRoutes = createApp();

const COMMENTED = {
  params: AlertParams,
  body: { required: false, content: { "application/json": { schema: CommentRequest } } },
};
const CHANGED = { description: "The alert as it is now", content: { "application/json": { schema: Alert } } };

alertCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alerts/acknowledge",
    operationId: "acknowledgeAlerts",
    tags: ["alerts"],
    summary: "Acknowledge many alerts at once",
    description: "Those that are named, or active ones that a filter finds. What is not active is skipped.",
    request: {
      body: { required: true, content: { "application/json": { schema: AcknowledgeAlertsRequest } } },
    },
    responses: {
      200: {
        description: "What was acknowledged, and what was not",
        content: { "application/json": { schema: AcknowledgedAlerts } },
      },
    },
  }),
  async (c) => c.json(await acknowledgeAlerts(c.get("ctx"), c.req.valid("json")), 200),
);

alertCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alerts/{id}/acknowledge",
    operationId: "acknowledgeAlert",
    tags: ["alerts"],
    summary: "Say that one looks after an alert",
    description: `It is neither repeated nor escalated, and resolves by itself. Again does no harm; who was first, and the
comment, stay.`,
    request: COMMENTED,
    responses: { 200: CHANGED, ...problems(404, 409, 422) },
  }),
  async (c) => {
    const { comment } = CommentRequest.parse(c.req.valid("json") ?? {});
    const alert = await acknowledgeAlert(c.get("ctx"), c.req.valid("param").id, comment);
    return c.json(alert, 200, etag(alert));
  },
);

alertCommandRoutes.openapi(
  defineRoute(WRITE_ALERTS, {
    method: "post",
    path: "/alerts/{id}/resolve",
    operationId: "resolveAlert",
    tags: ["alerts"],
    summary: "End an alert by hand",
    description: `While its condition goes on holding, its rule raises none anew for the same series. Again does no harm.`,
    request: COMMENTED,
    responses: { 200: CHANGED, ...problems(404, 422) },
  }),
  async (c) => {
    const { comment } = CommentRequest.parse(c.req.valid("json") ?? {});
    const alert = await resolveAlert(c.get("ctx"), c.req.valid("param").id, comment);
    return c.json(alert, 200, etag(alert));
  },
);
