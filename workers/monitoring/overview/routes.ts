import { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_MONITORING } from "../access.ts";
import { readOverview } from "./read-overview.ts";

export const overviewRoutes = createApp();

overviewRoutes.openapi(
  defineRoute(READ_MONITORING, {
    method: "get",
    path: "/monitoring/overview",
    operationId: "readMonitoring",
    tags: ["operations"],
    summary: "How each part of the platform does",
    description: `Status and reason of each part, alerts that stand (one's own, and everybody's on the platform), the key
figures of the last hour, and one's hosts. It answers while the database is away too: what only the database knows is
\`null\` then. Alerts and hosts ask for \`alerts:read\` as well, and are \`null\` without it.`,
    responses: {
      200: {
        description: "The state of the platform",
        content: { "application/json": { schema: MonitoringOverview } },
      },
    },
  }),
  async (c) => c.json(await readOverview(c.get("ctx")), 200),
);
