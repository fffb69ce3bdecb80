import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../shared/platform/http/app.ts";

const DESCRIPTION = `Live market data of NFT collections: events in, numbered, stored, and out again by REST,
WebSocket and Server-Sent Events. Failed requests are answered with a problem document (RFC 9457). Amounts are
decimal strings, times are ISO 8601 in UTC, unknown is \`null\`. \`/api/...\` is the current version, now \`/api/v1\`.`;

/** The OpenAPI 3.1 document of everything that is mounted on `app`. */
export function openApiDocument(app: OpenAPIHono<AppEnv>, version: string) {
  app.openAPIRegistry.registerComponent("securitySchemes", "ingestToken", {
    type: "http",
    scheme: "bearer",
    description: "The deployment's INGEST_TOKEN.",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "XSEMA", version, description: DESCRIPTION, license: { name: "MIT" } },
    servers: [{ url: "/" }],
    tags: [
      { name: "collections", description: "Collections, their events and figures" },
      { name: "market", description: "Handing events in" },
      { name: "live", description: "Watching as it happens" },
      { name: "operations", description: "How the deployment is doing" },
    ],
  });
}
