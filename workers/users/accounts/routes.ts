import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { changeUser } from "./change-user.ts";
import { explainPermissions } from "./explain-permissions.ts";
import { inviteUser } from "./invite-user.ts";
import { listUsers } from "./list-users.ts";
import {
  ChangeUserRequest,
  InviteRequest,
  ListUsersQuery,
  User,
  UserPage,
  UserParams,
  UserPermissions,
} from "./schema.ts";
import { readUser } from "./user-row.ts";

export const accountRoutes = createApp();

accountRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "users:read" } },
    {
      method: "get",
      path: "/users",
      operationId: "listUsers",
      tags: ["users"],
      summary: "Accounts",
      description: "Who has no name, or has never logged in, stands last in either order.",
      request: { query: ListUsersQuery },
      responses: {
        200: { description: "A page of accounts", content: { "application/json": { schema: UserPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listUsers(c.get("ctx").db, c.req.valid("query")), 200),
);

accountRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "users:write" }, middleware: [idempotent] },
    {
      method: "post",
      path: "/users",
      operationId: "inviteUser",
      tags: ["users"],
      summary: "Make an account for somebody and invite them by mail",
      description: `The link in the mail is good for 72 hours. Another role or plan than the usual ones needs
\`users:roles\` and a fresh second factor; groups need \`groups:write\`. Nobody can grant what they do not hold.`,
      request: { body: { required: true, content: { "application/json": { schema: InviteRequest } } } },
      responses: {
        201: { description: "The account", content: { "application/json": { schema: User } } },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => inviteUser(ctx, c.req.valid("json")),
      (user: User) => c.json(user, 201, { location: `/api/v1/users/${user.id}`, ...etag(user) }),
    );
  },
);

accountRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "users:read" } },
    {
      method: "get",
      path: "/users/{id}",
      operationId: "getUser",
      tags: ["users"],
      summary: "One account",
      description:
        "With role, plan, status and groups. Its `ETag` names the revision that a change is made from.",
      request: { params: UserParams },
      responses: {
        200: { description: "The account", content: { "application/json": { schema: User } } },
        ...problems(404, 422),
      },
    },
  ),
  async (c) => {
    const user = await readUser(c.get("ctx").db, c.req.valid("param").id);
    return c.json(user, 200, etag(user));
  },
);

accountRoutes.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "users:write" } },
    {
      method: "patch",
      path: "/users/{id}",
      operationId: "changeUser",
      tags: ["users"],
      summary: "Change an account's name, role or plan",
      description: `Role and plan need \`users:roles\` and a fresh second factor. Nobody can grant what they do not
hold, change an account that holds more than they do, or change their own role; the last active super admin keeps it.`,
      request: {
        params: UserParams,
        headers: IfMatch,
        body: { required: true, content: { "application/json": { schema: ChangeUserRequest } } },
      },
      responses: {
        200: { description: "The account as it is now", content: { "application/json": { schema: User } } },
        ...problems(404, 409, 412),
      },
    },
  ),
  async (c) => {
    const { "if-match": expected } = c.req.valid("header");
    const user = await changeUser(c.get("ctx"), c.req.valid("param").id, c.req.valid("json"), expected);
    return c.json(user, 200, etag(user));
  },
);

accountRoutes.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "get",
      path: "/users/{id}/permissions",
      operationId: "explainPermissions",
      tags: ["users"],
      summary: "What an account may do, and which grant gives it",
      description: "Open to everybody for their own account; for others it needs `users:read`.",
      request: { params: UserParams },
      responses: {
        200: {
          description: "Permissions and their sources",
          content: { "application/json": { schema: UserPermissions } },
        },
        ...problems(404, 422),
      },
    },
  ),
  async (c) => c.json(await explainPermissions(c.get("ctx"), c.req.valid("param").id), 200),
);
