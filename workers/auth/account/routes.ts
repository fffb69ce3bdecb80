import { createApp } from "../../../shared/platform/http/app.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { acceptInvite } from "./accept-invite.ts";
import { cancelEmailChange } from "./cancel-email-change.ts";
import { readMe } from "./read-me.ts";
import { register } from "./register.ts";
import { resendVerification } from "./resend-verification.ts";
import {
  AcceptInviteRequest,
  EmailRequest,
  Me,
  PatchMeRequest,
  RegisterRequest,
  StatusAnswer,
  TokenRequest,
  VerifiedAnswer,
  VerifyEmailRequest,
} from "./schema.ts";
import { updateMe } from "./update-me.ts";
import { verifyEmail } from "./verify-email.ts";

export const accountApp = createApp();

accountApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/register",
      operationId: "register",
      tags: ["auth"],
      summary: "Make an account",
      description: `The account can be used once its address is verified by the link in the mail, together with the
password that was chosen here. For an address that
has an account the answer is the same, and the mail says so. A password needs 15 characters, at most 128, and must be
hard to guess. Where only invited people have accounts, this is refused with 403.`,
      request: { body: { required: true, content: { "application/json": { schema: RegisterRequest } } } },
      responses: {
        201: {
          description: "A mail is on its way",
          content: { "application/json": { schema: StatusAnswer("verification_sent") } },
        },
        ...problems(403, 429, 503),
      },
    },
  ),
  async (c) => {
    await register(c.get("ctx"), c.req.valid("json"));
    return c.json({ status: "verification_sent" as const }, 201);
  },
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/verify-email",
      operationId: "verifyEmail",
      tags: ["auth"],
      summary: "Prove an address by the token of a mail",
      description: `Of a new account, or of a new address of an account. A token works once. For a new account send the
password of its registration too: anybody can register an address, and each registration has a mail of its own, so the
password shows that whoever reads the mail is who registered. A missing or wrong one (422, \`/password\`) leaves the
token as it is.`,
      request: { body: { required: true, content: { "application/json": { schema: VerifyEmailRequest } } } },
      responses: {
        200: { description: "Proved", content: { "application/json": { schema: VerifiedAnswer } } },
        ...problems(409, 429, 503),
      },
    },
  ),
  async (c) => c.json(await verifyEmail(c.get("ctx"), c.req.valid("json")), 200),
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/email-change/cancel",
      operationId: "cancelEmailChange",
      tags: ["auth"],
      summary: "Stop a change of address by the token of a mail",
      description: `The mail goes to the address that the account has, as soon as another is asked for. Used again, the
answer is the same. Nothing else changes: to end the sessions of whoever asked, set a new password.`,
      request: { body: { required: true, content: { "application/json": { schema: TokenRequest } } } },
      responses: {
        200: {
          description: "The account keeps its address",
          content: { "application/json": { schema: StatusAnswer("email_change_cancelled") } },
        },
        ...problems(409, 503),
      },
    },
  ),
  async (c) => {
    await cancelEmailChange(c.get("ctx"), c.req.valid("json").token);
    return c.json({ status: "email_change_cancelled" as const }, 200);
  },
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/verify-email/resend",
      operationId: "resendVerification",
      tags: ["auth"],
      summary: "Have the mail of a registration sent again",
      description: `That of the newest registration; the link before it of the same registration is void. The answer is
the same for every address.`,
      request: { body: { required: true, content: { "application/json": { schema: EmailRequest } } } },
      responses: {
        202: {
          description: "A mail is on its way, if there is an account that waits for one",
          content: { "application/json": { schema: StatusAnswer("verification_sent") } },
        },
        ...problems(429, 503),
      },
    },
  ),
  async (c) => {
    await resendVerification(c.get("ctx"), c.req.valid("json").email);
    return c.json({ status: "verification_sent" as const }, 202);
  },
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "public" } },
    {
      method: "post",
      path: "/auth/accept-invite",
      operationId: "acceptInvite",
      tags: ["auth"],
      summary: "Accept an invitation",
      description:
        "Chooses the password of an account that somebody made for the address; log in afterwards.",
      request: { body: { required: true, content: { "application/json": { schema: AcceptInviteRequest } } } },
      responses: {
        200: {
          description: "The account is active",
          content: { "application/json": { schema: StatusAnswer("active") } },
        },
        ...problems(429, 503),
      },
    },
  ),
  async (c) => {
    await acceptInvite(c.get("ctx"), c.req.valid("json"));
    return c.json({ status: "active" as const }, 200);
  },
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "user", while_password_expired: true } },
    {
      method: "get",
      path: "/auth/me",
      operationId: "readMe",
      tags: ["auth"],
      summary: "One's own account",
      description:
        "What the page and programs need to know of whoever asks: role, plan, permissions, second factor.",
      responses: {
        200: { description: "The account", content: { "application/json": { schema: Me } } },
        ...problems(503),
      },
    },
  ),
  async (c) => {
    const me = await readMe(c.get("ctx"));
    return c.json(me, 200, etag(me));
  },
);

accountApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "patch",
      path: "/auth/me",
      operationId: "updateMe",
      tags: ["auth"],
      summary: "Change one's name or address",
      description: `A new address counts once the link in the mail to it was used; until then it stands as
\`pending_email\`. It asks for the current password, and for a fresh second factor where there is one. The other
sessions end, and the address that counts until then gets a mail with a link that stops the change. So does whatever
protects the account: a new password, and ending all sessions.`,
      request: {
        headers: IfMatch,
        body: { required: true, content: { "application/json": { schema: PatchMeRequest } } },
      },
      responses: {
        200: { description: "The account as it is now", content: { "application/json": { schema: Me } } },
        ...problems(412, 423, 429, 503),
      },
    },
  ),
  async (c) => {
    await updateMe(c.get("ctx"), c.req.valid("json"), c.req.valid("header")["if-match"]);
    const me = await readMe(c.get("ctx"));
    return c.json(me, 200, etag(me));
  },
);
