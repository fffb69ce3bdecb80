import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { readForm } from "../../../shared/platform/http/body.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { deviceTokenOf, keepDevice } from "./device-cookie.ts";
import { logIn } from "./log-in.ts";
import { OAuthProblem, oauthProblem } from "./oauth-error.ts";
import { LoginAnswer, LoginRequest, MfaVerifyRequest } from "./schema.ts";
import { answerTokenForm, basicSecret, TokenFormFields } from "./token-form.ts";
import { verifyChallenge } from "./verify-challenge.ts";

const NOT_KEPT = { "cache-control": "no-store" };
const MAX_FORM_BYTES = 64 * 1024;

export const loginApp = createApp();

loginApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/login",
      operationId: "logIn",
      tags: ["auth"],
      summary: "Log in",
      description: `Answers tokens, or, where the account has a second factor and no \`code\` was sent, a challenge for
\`POST /auth/mfa/verify\`. A new device is given a \`device_token\`: sent at the next log-in, it keeps the failures of
others from holding this device up. Whatever is wrong is answered with one and the same 401. After five failures there
is a wait (423, \`Retry-After\`), which doubles; many failures from one address are answered with 429.`,
      request: { body: { required: true, content: { "application/json": { schema: LoginRequest } } } },
      responses: {
        200: {
          description: "Tokens, or a challenge",
          content: { "application/json": { schema: LoginAnswer } },
        },
        ...problems(401, 403, 423, 429, 503),
      },
    },
  ),
  async (c) => {
    const given = c.req.valid("json");
    const device_token = deviceTokenOf(c, given.device_token);
    const answer = await logIn(c.get("ctx"), {
      ...given,
      ...(device_token !== undefined && { device_token }),
    });
    return c.json(keepDevice(c, answer), 200, NOT_KEPT);
  },
);

loginApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/mfa/verify",
      operationId: "verifyChallenge",
      tags: ["auth"],
      summary: "Complete a log-in with its second factor",
      description: "A challenge is good for five minutes, five attempts and one log-in.",
      request: { body: { required: true, content: { "application/json": { schema: MfaVerifyRequest } } } },
      responses: {
        200: { description: "The tokens", content: { "application/json": { schema: TokenAnswer } } },
        ...problems(401, 403, 423, 503),
      },
    },
  ),
  async (c) => {
    const given = c.req.valid("json");
    const device_token = deviceTokenOf(c, given.device_token);
    const answer = await verifyChallenge(c.get("ctx"), {
      ...given,
      ...(device_token !== undefined && { device_token }),
    });
    return c.json(keepDevice(c, answer), 200, NOT_KEPT);
  },
);

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
      400: {
        description: "Problem document with the members of RFC 6749, 5.2",
        content: { "application/problem+json": { schema: OAuthProblem } },
      },
      ...problems(413, 423, 429, 503),
    },
  },
);

// Declared with its body for the document, and read by hand: what reads it there takes any size.
loginApp.openAPIRegistry.registerPath({
  ...documentOf(tokenRoute),
  request: {
    body: { required: true, content: { "application/x-www-form-urlencoded": { schema: TokenFormFields } } },
  },
});
loginApp.openapi({ ...tokenRoute, hide: true }, async (c) => {
  try {
    const form = await readForm(c.req.raw, MAX_FORM_BYTES);
    const secret = basicSecret(c.req.header("authorization"));
    const device_token = deviceTokenOf(c, undefined);
    const answer = await answerTokenForm(c.get("ctx"), form, { secret, device_token });
    return c.json(keepDevice(c, answer), 200, NOT_KEPT);
  } catch (error) {
    const problem = await oauthProblem(c.get("ctx"), error);
    return c.json(problem, 400, { ...NOT_KEPT, "content-type": "application/problem+json" });
  }
});
