import type { RouteConfig, z } from "@hono/zod-openapi";
import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { deviceTokenOf, keepDevice } from "../login/device-cookie.ts";
import { readFormFields } from "./form-fields.ts";
import { introspectToken } from "./introspect-token.ts";
import { OAuthProblem, oauthProblem } from "./oauth-error.ts";
import { revokeToken } from "./revoke-token.ts";
import { IntrospectedToken, parseTokenToCheck, TokenToCheck } from "./schema.ts";
import { answerTokenForm, basicSecret, TokenFormFields } from "./token-form.ts";

const NOT_KEPT = { "cache-control": "no-store" };

/** RFC 6749, 5.2. */
const refused = {
  400: {
    description:
      "What is wrong in the words of RFC 6749, 5.2, and the members of a problem document beside them",
    content: { "application/json": { schema: OAuthProblem } },
  },
};

export const oauthApp = createApp();

/** Declared with its form for the document, and read by hand: what reads it there takes any size. */
function declare<Route extends RouteConfig>(route: Route, schema: z.ZodType): Route & { hide: true } {
  oauthApp.openAPIRegistry.registerPath({
    ...documentOf(route),
    request: { body: { required: true, content: { "application/x-www-form-urlencoded": { schema } } } },
  });
  return { ...route, hide: true };
}

const tokenRoute = defineRoute(
  { access: { kind: "public" } },
  {
    method: "post",
    path: "/auth/token",
    operationId: "issueToken",
    tags: ["auth"],
    summary: "Get tokens by a form of OAuth 2",
    description: `For tools that speak OAuth 2, such as the API documents: \`grant_type=password\` with username and
password, and a code as \`otp\` or as the client secret where the account has a second factor; or
\`grant_type=refresh_token\`. Client ids and scopes are ignored.`,
    responses: {
      200: { description: "The tokens", content: { "application/json": { schema: TokenAnswer } } },
      ...refused,
      ...problems(413, 423, 429, 503),
    },
  },
);

oauthApp.openapi(declare(tokenRoute, TokenFormFields), async (c) => {
  try {
    const secret = basicSecret(c.req.header("authorization"));
    const device_token = deviceTokenOf(c, undefined);
    const answer = await answerTokenForm(c.get("ctx"), await readFormFields(c.req.raw), {
      secret,
      device_token,
    });
    return c.json(keepDevice(c, answer), 200, NOT_KEPT);
  } catch (error) {
    return c.json(await oauthProblem(c.get("ctx"), error), 400, NOT_KEPT);
  }
});

const revocationRoute = defineRoute(
  { access: { kind: "public" } },
  {
    method: "post",
    path: "/auth/revoke",
    operationId: "revokeToken",
    tags: ["auth"],
    summary: "Revoke a token by a form of OAuth 2",
    description: `RFC 7009, for public clients: whoever holds an access or refresh token may revoke it. Its session ends,
and with it every token and live connection of the session. The answer is the same for a token that is good for nothing.
API keys are not revoked here (\`unsupported_token_type\`).`,
    responses: { 200: { description: "It is good for nothing" }, ...refused, ...problems(413, 503) },
  },
);

oauthApp.openapi(declare(revocationRoute, TokenToCheck), async (c) => {
  try {
    await revokeToken(c.get("ctx"), parseTokenToCheck(await readFormFields(c.req.raw)));
    return c.body(null, 200, NOT_KEPT);
  } catch (error) {
    return c.json(await oauthProblem(c.get("ctx"), error), 400, NOT_KEPT);
  }
});

const introspectionRoute = defineRoute(
  { access: { kind: "permission", permission: "users:read" } },
  {
    method: "post",
    path: "/auth/introspect",
    operationId: "introspectToken",
    tags: ["auth"],
    summary: "What a token may do now, by a form of OAuth 2",
    description: `RFC 7662, for services that are handed tokens of this deployment: whether an access token, a refresh
token or an API key is good now, whose it is and what it may do. Asking is no use of it. It tells of any account, so it
asks for \`users:read\`: give the service an API key with that scope alone.`,
    responses: {
      200: {
        description: "What the token stands for",
        content: { "application/json": { schema: IntrospectedToken } },
      },
      ...refused,
      ...problems(413, 503),
    },
  },
);

oauthApp.openapi(declare(introspectionRoute, TokenToCheck), async (c) => {
  try {
    const token = parseTokenToCheck(await readFormFields(c.req.raw));
    return c.json(await introspectToken(c.get("ctx"), token), 200, NOT_KEPT);
  } catch (error) {
    return c.json(await oauthProblem(c.get("ctx"), error), 400, NOT_KEPT);
  }
});
