import { z } from "@hono/zod-openapi";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { READ_MONITORING } from "../access.ts";
import { openOverviewStream } from "./overview-stream.ts";

/** Names that it does not know are ignored: an `EventSource` could not go on after a refusal. */
const StreamQuery = z.object({
  ticket: z.string().optional().openapi({ description: "A one-use ticket of `POST /api/v1/ws/ticket`" }),
});

export const overviewStreamRoutes = createApp();

overviewStreamRoutes.openapi(
  defineRoute(
    { ...READ_MONITORING, carrier: "stream" },
    {
      method: "get",
      path: "/monitoring/stream",
      operationId: "streamMonitoring",
      tags: ["operations"],
      summary: "How each part of the platform does, as it changes, by Server-Sent Events",
      description: `Each event \`overview\` is the whole of \`GET /api/v1/monitoring/overview\`: one at once, then one whenever
something changed, every five seconds at most. The stream ends after five minutes, or with the session or key that it was
opened by; whoever comes back, with or without \`Last-Event-ID\`, is told the newest at once.`,
      request: { query: StreamQuery },
      responses: {
        200: { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
        ...problems(503),
      },
    },
  ),
  async (c) => {
    // Nobody would read the stream, and its socket would stay.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    return openOverviewStream(c.get("ctx"));
  },
);
