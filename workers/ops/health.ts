import { z } from "@hono/zod-openapi";
import { isoTime } from "../../shared/platform/clock.ts";
import { createApp } from "../../shared/platform/http/app.ts";
import { defineRoute } from "../../shared/platform/http/route.ts";
import { checkReadiness } from "./check-readiness.ts";
import { Readiness } from "./readiness.ts";

const Health = z.object({ status: z.literal("ok"), version: z.string(), time: z.string() }).openapi("Health");

export const healthApp = createApp();

healthApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "get",
      path: "/health",
      operationId: "readHealth",
      tags: ["operations"],
      summary: "Whether the worker answers; asks nobody else",
      description:
        "Answers as long as the worker runs, and asks nobody else: for load balancers and uptime checks.",
      responses: { 200: { description: "It does", content: { "application/json": { schema: Health } } } },
    },
  ),
  (c) => {
    const { config, now } = c.get("ctx");
    return c.json({ status: "ok" as const, version: config.VERSION, time: isoTime(now()) }, 200);
  },
);

healthApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "get",
      path: "/readyz",
      operationId: "readReadiness",
      tags: ["operations"],
      summary: "Whether what the worker needs answers",
      description:
        "Asks the database and the objects, and answers 503 where one of them does not answer within two seconds.",
      responses: {
        200: { description: "All of it does", content: { "application/json": { schema: Readiness } } },
        503: { description: "One of them does not", content: { "application/json": { schema: Readiness } } },
      },
    },
  ),
  async (c) => {
    const readiness = await checkReadiness(c.get("ctx"));
    if (readiness.status === "ready") return c.json(readiness, 200);
    c.header("retry-after", "5");
    return c.json(readiness, 503);
  },
);
