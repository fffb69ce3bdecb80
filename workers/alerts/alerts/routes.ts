import { AlertCounts } from "../../../shared/contracts/alerts.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { etag } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_ALERTS } from "../access.ts";
import { countAlerts, listAlerts, readAlert } from "./read.ts";
import { AlertDetail, AlertPage, AlertParams, AlertsQuery } from "./schema.ts";

export const alertRoutes = createApp();

alertRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/alerts",
    operationId: "listAlerts",
    tags: ["alerts"],
    summary: "One's alerts, newest first",
    description: `What stands is \`state=pending,active,acknowledged\`; what is over is \`state=resolved\`. An alert stays in
the list when its rule is gone.`,
    request: { query: AlertsQuery },
    responses: {
      200: { description: "A page of alerts", content: { "application/json": { schema: AlertPage } } },
      ...problems(422),
    },
  }),
  async (c) => c.json(await listAlerts(c.get("ctx"), c.req.valid("query")), 200),
);

alertRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/alerts/counts",
    operationId: "countAlerts",
    tags: ["alerts"],
    summary: "How many of one's alerts stand, by state",
    description: "One's own, by state; resolved ones are not counted.",
    responses: {
      200: { description: "All of them", content: { "application/json": { schema: AlertCounts } } },
    },
  }),
  async (c) => c.json(await countAlerts(c.get("ctx")), 200),
);

alertRoutes.openapi(
  defineRoute(READ_ALERTS, {
    method: "get",
    path: "/alerts/{id}",
    operationId: "getAlert",
    tags: ["alerts"],
    summary: "An alert with its transitions",
    description:
      "Each transition has the value that caused it, and who it was where somebody did it by hand.",
    request: { params: AlertParams },
    responses: {
      200: { description: "The alert", content: { "application/json": { schema: AlertDetail } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const alert = await readAlert(c.get("ctx"), c.req.valid("param").id);
    return c.json(alert, 200, etag(alert));
  },
);
