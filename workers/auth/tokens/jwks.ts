import { z } from "@hono/zod-openapi";
import { publicKeys } from "../../../shared/auth/tokens/key-ring.ts";
import { PublicJwk } from "../../../shared/auth/tokens/signing-keys.ts";
import { partiesOf } from "../../../shared/auth/tokens/token-shape.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";

const Jwks = z.object({ keys: z.array(PublicJwk) }).openapi("Jwks");

const Metadata = z
  .object({
    issuer: z.string(),
    jwks_uri: z.string(),
    token_endpoint: z.string(),
    revocation_endpoint: z.string(),
    introspection_endpoint: z.string(),
    response_types_supported: z.array(z.string()),
    grant_types_supported: z.array(z.string()),
    token_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
  })
  .openapi("AuthorizationServerMetadata");

/** A new key is in here ten minutes before it signs: two copies of this age one after the other still have it in time. */
const CACHE = "public, max-age=300";

/** At the root of the host, where RFC 8615 has well-known things. */
export const jwksApp = createApp();

jwksApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "get",
      path: "/.well-known/jwks.json",
      operationId: "readJwks",
      tags: ["auth"],
      summary: "The public keys that access tokens are verified with",
      description: `JSON Web Key Set (RFC 7517). Tokens are JWTs of type \`at+jwt\`, signed with ES256 by the key that their
\`kid\` names; \`iss\` is the address of this deployment, \`aud\` the same with \`/api\` (RFC 9068).`,
      responses: {
        200: { description: "The keys", content: { "application/json": { schema: Jwks } } },
        304: { description: "They are those of `If-None-Match`" },
        ...problems(503),
      },
    },
  ),
  async (c) => {
    const keys = await publicKeys(c.get("ctx"));
    const etag = `"${(await sha256Hex(keys.map((key) => key.kid).join())).slice(0, 32)}"`;
    const headers = { "cache-control": CACHE, etag, "access-control-allow-origin": "*" };
    const known = (c.req.header("if-none-match") ?? "")
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""));
    if (known.includes(etag)) return c.body(null, 304, headers);
    return c.json({ keys }, 200, headers);
  },
);

jwksApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "get",
      path: "/.well-known/oauth-authorization-server",
      operationId: "readAuthorizationServer",
      tags: ["auth"],
      summary: "Where tokens come from and their keys are",
      description: "Authorization server metadata (RFC 8414), by which libraries find the keys.",
      responses: {
        200: { description: "The metadata", content: { "application/json": { schema: Metadata } } },
      },
    },
  ),
  (c) => {
    const { issuer } = partiesOf(c.get("ctx").config);
    const metadata = {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      token_endpoint: `${issuer}/api/v1/auth/token`,
      revocation_endpoint: `${issuer}/api/v1/auth/revoke`,
      introspection_endpoint: `${issuer}/api/v1/auth/introspect`,
      response_types_supported: [],
      grant_types_supported: ["password", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      introspection_endpoint_auth_methods_supported: ["Bearer"],
    };
    return c.json(metadata, 200, { "cache-control": CACHE, "access-control-allow-origin": "*" });
  },
);
