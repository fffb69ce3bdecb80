import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { deviceTokenOf, keepDevice } from "./device-cookie.ts";
import { logIn } from "./log-in.ts";
import { LoginAnswer, LoginRequest, MfaVerifyRequest } from "./schema.ts";
import { verifyChallenge } from "./verify-challenge.ts";

const NOT_KEPT = { "cache-control": "no-store" };

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
