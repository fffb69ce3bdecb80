import { z } from "@hono/zod-openapi";
import { ManyMetricSeries, MetricSeries } from "../../../shared/contracts/metrics.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { listSeries, readCatalogue } from "./list-series.ts";
import { queryMetric } from "./query-metric.ts";
import {
  Catalogue,
  LabelParameters,
  QueryParameters,
  SeriesLimit,
  SeriesPage,
  SeriesQuery,
} from "./schema.ts";

export const readApp = createApp();

readApp.openapi(
  defineRoute(
    { access: { kind: "market" } },
    {
      method: "get",
      path: "/metrics/catalogue",
      operationId: "listMetrics",
      tags: ["metrics"],
      summary: "Every metric that rules and queries can name",
      description:
        "After those that everybody has come the caller's own, under the names they were pushed with.",
      responses: {
        200: { description: "Definitions", content: { "application/json": { schema: Catalogue } } },
      },
    },
  ),
  async (c) => c.json({ data: await readCatalogue(c.get("ctx")) }, 200),
);

readApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "alerts:read" } },
    {
      method: "get",
      path: "/metrics/series",
      operationId: "listOwnSeries",
      tags: ["metrics"],
      summary: "The series that one has pushed, by name",
      description: "By name, each with its labels, its newest value and when it was last heard of.",
      request: { query: SeriesQuery },
      responses: {
        200: { description: "A page of series", content: { "application/json": { schema: SeriesPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listSeries(c.get("ctx"), c.req.valid("query")), 200),
);

readApp.openapi(
  defineRoute(
    { access: { kind: "market" } },
    {
      method: "get",
      path: "/metrics/query",
      operationId: "queryMetric",
      tags: ["metrics"],
      summary: "A metric as a series of points in time",
      description: `Every parameter that is none of those below is a label, such as \`collection=\` or \`host=\`; they must name one
series. With \`match.host=web-*\` (\`*\` is any text, \`!\` before it takes the others) or \`many=true\` every series that
matches is answered, at most \`limit\`. A label called like a parameter is written \`label.from=\`. Points lie at whole steps (UTC) from \`from\` to \`to\`, at
most 2,000: what is in force (step metrics), what was counted in the window that ends there (windowed ones), or the mean of
the readings since the point before (sampled ones; with \`window\`, over it). \`null\` says that nothing is known. Readings need
\`alerts:read\`, activity \`activity:read\`, \`platform.\` metrics \`monitoring:read\`.`,
      request: { query: QueryParameters.extend({ limit: SeriesLimit, ...LabelParameters.shape }) },
      responses: {
        200: {
          description: "The series; a list of them where many are asked for",
          content: { "application/json": { schema: z.union([MetricSeries, ManyMetricSeries]) } },
        },
        ...problems(404, 422),
      },
    },
  ),
  async (c) => {
    const { limit, ...rest } = c.req.valid("query");
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    return c.json(await queryMetric(c.get("ctx"), QueryParameters.parse(given), limit), 200);
  },
);
