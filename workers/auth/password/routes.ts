import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { EmailRequest, StatusAnswer } from "../account/schema.ts";
import { changePassword } from "./change-password.ts";
import { forgotPassword } from "./forgot-password.ts";
import { resetPassword } from "./reset-password.ts";
import { ChangeRequest, ResetRequest } from "./schema.ts";

export const passwordApp = createApp();

passwordApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/password/forgot",
      operationId: "forgotPassword",
      tags: ["auth"],
      summary: "Have a link sent that sets a new password",
      description: `The answer is the same for every address. A link works once, for half an hour, and voids the one
before; one mail a minute goes to an account at the most.`,
      request: { body: { required: true, content: { "application/json": { schema: EmailRequest } } } },
      responses: {
        202: {
          description: "A mail is on its way, if there is such an account",
          content: { "application/json": { schema: StatusAnswer("reset_sent") } },
        },
        ...problems(429, 503),
      },
    },
  ),
  async (c) => {
    await forgotPassword(c.get("ctx"), c.req.valid("json").email);
    return c.json({ status: "reset_sent" as const }, 202);
  },
);

passwordApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/password/reset",
      operationId: "resetPassword",
      tags: ["auth"],
      summary: "Set a new password by the token of a mail",
      description: `All sessions end and a lock-out is over. Nobody is logged in by it: a second factor is asked for at
the log-in that follows, as ever.`,
      request: { body: { required: true, content: { "application/json": { schema: ResetRequest } } } },
      responses: {
        200: {
          description: "The password is set",
          content: { "application/json": { schema: StatusAnswer("password_reset") } },
        },
        ...problems(503),
      },
    },
  ),
  async (c) => {
    await resetPassword(c.get("ctx"), c.req.valid("json"));
    return c.json({ status: "password_reset" as const }, 200);
  },
);

passwordApp.openapi(
  defineRoute(
    { access: { kind: "user", while_password_expired: true } },
    {
      method: "post",
      path: "/auth/password/change",
      operationId: "changePassword",
      tags: ["auth"],
      summary: "Change one's password",
      description: "All other sessions end; this one goes on with the tokens of the answer.",
      request: { body: { required: true, content: { "application/json": { schema: ChangeRequest } } } },
      responses: {
        200: { description: "New tokens", content: { "application/json": { schema: TokenAnswer } } },
        ...problems(409, 423, 503),
      },
    },
  ),
  async (c) => {
    const answer = await changePassword(c.get("ctx"), c.req.valid("json"));
    return c.json(answer, 200, { "cache-control": "no-store" });
  },
);
