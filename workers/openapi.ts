import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "../shared/platform/http/app.ts";
import { splitByDirection } from "./openapi-directions.ts";
import { openApiWebhooks } from "./webhooks/catalogue/openapi-webhooks.ts";

const DESCRIPTION = `Live market data of NFT collections: events in, numbered, stored, and out again by REST,
WebSocket and Server-Sent Events. Failed requests are answered with a problem document (RFC 9457). Amounts are
decimal strings, times are ISO 8601 in UTC, unknown is \`null\`. \`/api/...\` is the current version, now \`/api/v1\`.`;

const SECURITY_SCHEMES = {
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "An access token of POST /api/v1/auth/login.",
  },
  apiKey: { type: "http", scheme: "bearer", description: "An API key, xs_live_…, of POST /api/v1/api-keys." },
  apiKeyHeader: { type: "apiKey", in: "header", name: "X-API-Key", description: "The same key." },
  password: {
    type: "oauth2",
    description: "E-mail and password. Accounts with a second factor send it as the client secret.",
    flows: { password: { tokenUrl: "/api/v1/auth/token", scopes: {} } },
  },
} as const;

/** The OpenAPI 3.1 document of everything that is mounted on `app`. */
export function openApiDocument(app: OpenAPIHono<AppEnv>, version: string) {
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "XSEMA", version, description: DESCRIPTION },
    servers: [{ url: "/" }],
    tags: [
      { name: "auth", description: "Accounts, sessions and second factors" },
      { name: "api keys", description: "Keys for programs" },
      { name: "users", description: "Administration of accounts and groups" },
      { name: "audit", description: "Who did what" },
      { name: "collections", description: "Collections, their events and figures" },
      { name: "market", description: "Handing events in" },
      { name: "live", description: "Watching as it happens" },
      { name: "activity", description: "What users do, and long work done for them" },
      { name: "alerts", description: "Rules on what is measured, and the alerts that they raise" },
      { name: "webhooks", description: "Being told of what happens, by signed messages" },
      { name: "notifications", description: "What one is told, and how" },
      { name: "metrics", description: "Readings of hosts and of anything that is a number" },
      { name: "operations", description: "How the deployment is doing" },
    ],
  });
  // OpenAPI 3.1 has the identifier, which the generator's types, of 3.0, do not.
  const info = { ...document.info, license: { name: "MIT License", identifier: "MIT" } };
  return splitByDirection({ ...document, info, webhooks: openApiWebhooks() });
}
