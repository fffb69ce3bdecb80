import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { etag } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { activateUser, deactivateUser, suspendUser, unlockUser } from "./change-status.ts";
import { forceLogout, forcePasswordChange } from "./force.ts";
import { resendInvitation } from "./resend-invitation.ts";
import { resetMfa } from "./reset-mfa.ts";
import { User, UserParams } from "./schema.ts";

interface Command {
  operationId: string;
  summary: string;
  description: string;
  /** Whoever holds `users:write`, unless said otherwise. */
  access?: Access;
  run(ctx: Ctx, id: string): Promise<User>;
}

/** What can be done to an account without a word more: `POST /users/{id}/<name>`. */
const COMMANDS: Record<string, Command> = {
  suspend: {
    operationId: "suspendUser",
    summary: "Suspend an account",
    description:
      "Its sessions end; its keys and the links sent to it are good no more, until it is activated.",
    run: suspendUser,
  },
  deactivate: {
    operationId: "deactivateUser",
    summary: "Put an account away",
    description: "Like suspending, for accounts that are not needed any more.",
    run: deactivateUser,
  },
  activate: {
    operationId: "activateUser",
    summary: "Open a suspended or inactive account again",
    description: "It is pending where its address was never verified.",
    run: activateUser,
  },
  unlock: {
    operationId: "unlockUser",
    summary: "End the lock of an account",
    description: "Also forgets failed log-ins and wrong codes, after which it would have to wait.",
    run: unlockUser,
  },
  "force-logout": {
    operationId: "forceLogout",
    summary: "End every session of an account",
    description: "Its API keys go on.",
    run: forceLogout,
  },
  "force-password-change": {
    operationId: "forcePasswordChange",
    summary: "Make the owner of an account choose another password",
    description: "Until then the account can do nothing else.",
    run: forcePasswordChange,
  },
  "mfa/reset": {
    operationId: "resetMfa",
    summary: "Take away a second factor that its owner has lost",
    description: `Its recovery codes go too, every session ends, and the owner is told by mail. The password stays as it
is. Find out first who asks. Needs a fresh second factor of your own, and nobody can do it to themselves.`,
    access: { kind: "user", permission: "users:write", step_up: true },
    run: resetMfa,
  },
  "resend-invitation": {
    operationId: "resendInvitation",
    summary: "Send an invitation anew",
    description: "The link before is good no more.",
    run: resendInvitation,
  },
};

export const accountCommandRoutes = createApp();

const USERS_WRITE: Access = { kind: "permission", permission: "users:write" };

for (const [name, { operationId, summary, description, access = USERS_WRITE, run }] of Object.entries(
  COMMANDS,
))
  accountCommandRoutes.openapi(
    defineRoute(
      { access },
      {
        method: "post",
        path: `/users/{id}/${name}`,
        operationId,
        tags: ["users"],
        summary,
        description,
        request: { params: UserParams },
        responses: {
          200: { description: "The account as it is now", content: { "application/json": { schema: User } } },
          ...problems(404, 409, 422),
        },
      },
    ),
    async (c) => {
      const user = await run(c.get("ctx"), c.req.valid("param").id);
      return c.json(user, 200, etag(user));
    },
  );
