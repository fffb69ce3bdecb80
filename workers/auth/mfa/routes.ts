import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { activateMfa } from "./activate-mfa.ts";
import { disableMfa } from "./disable-mfa.ts";
import { makeRecoveryCodes } from "./make-recovery-codes.ts";
import {
  CodeRequest,
  DisableRequest,
  RecoveryCodes,
  SetUpAnswer,
  SetUpRequest,
  StepUpAnswer,
} from "./schema.ts";
import { setUpMfa } from "./set-up-mfa.ts";
import { stepUp } from "./step-up.ts";

/** What carries a secret or codes must not be kept on the way. */
const NOT_KEPT = { "cache-control": "no-store" };

export const mfaApp = createApp();

mfaApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "post",
      path: "/auth/mfa/setup",
      operationId: "setUpMfa",
      tags: ["auth"],
      summary: "Begin with a second factor",
      description: `Makes a secret for an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds). It counts
once \`activate\` has seen a code of it. Done again before that, it voids the secret before.`,
      request: { body: { required: true, content: { "application/json": { schema: SetUpRequest } } } },
      responses: {
        200: {
          description: "What to put into the app",
          content: { "application/json": { schema: SetUpAnswer } },
        },
        ...problems(409, 423),
      },
    },
  ),
  async (c) => c.json(await setUpMfa(c.get("ctx"), c.req.valid("json").current_password), 200, NOT_KEPT),
);

mfaApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "post",
      path: "/auth/mfa/activate",
      operationId: "activateMfa",
      tags: ["auth"],
      summary: "Turn the second factor on",
      description: "With the first code of the app. All other sessions of the account end.",
      request: { body: { required: true, content: { "application/json": { schema: CodeRequest } } } },
      responses: {
        200: {
          description: "It is on; these codes are shown only now",
          content: { "application/json": { schema: RecoveryCodes } },
        },
        ...problems(409, 423),
      },
    },
  ),
  async (c) => {
    const recovery_codes = await activateMfa(c.get("ctx"), c.req.valid("json").code);
    return c.json({ recovery_codes }, 200, NOT_KEPT);
  },
);

mfaApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "post",
      path: "/auth/mfa/disable",
      operationId: "disableMfa",
      tags: ["auth"],
      summary: "Turn the second factor off",
      description: `Needs the password and the factor: a \`code\`, or a session that has proved it within the last few
minutes (\`step_up_required\` otherwise). All other sessions end, and access tokens must be refreshed. A password that
is too weak to stand alone must be changed then.`,
      request: { body: { required: true, content: { "application/json": { schema: DisableRequest } } } },
      responses: { 204: { description: "It is off" }, ...problems(409, 423) },
    },
  ),
  async (c) => {
    await disableMfa(c.get("ctx"), c.req.valid("json"));
    return c.body(null, 204);
  },
);

mfaApp.openapi(
  defineRoute(
    { access: { kind: "user", step_up: true } },
    {
      method: "post",
      path: "/auth/mfa/recovery-codes",
      operationId: "makeRecoveryCodes",
      tags: ["auth"],
      summary: "Make ten new recovery codes",
      description: "The codes before are void. Of requests at the same moment one is answered with codes.",
      responses: {
        200: {
          description: "The codes, shown only now",
          content: { "application/json": { schema: RecoveryCodes } },
        },
        ...problems(409),
      },
    },
  ),
  async (c) => c.json({ recovery_codes: await makeRecoveryCodes(c.get("ctx")) }, 200, NOT_KEPT),
);

mfaApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "post",
      path: "/auth/mfa/step-up",
      operationId: "stepUp",
      tags: ["auth"],
      summary: "Prove the second factor anew",
      description: `What asks for a fresh second factor (\`step_up_required\`) is open to this session afterwards, for
a few minutes. A recovery code does as well, once.`,
      request: { body: { required: true, content: { "application/json": { schema: CodeRequest } } } },
      responses: {
        200: { description: "Proved", content: { "application/json": { schema: StepUpAnswer } } },
        ...problems(409, 423),
      },
    },
  ),
  async (c) => c.json(await stepUp(c.get("ctx"), c.req.valid("json").code), 200),
);
