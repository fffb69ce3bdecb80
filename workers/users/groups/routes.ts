import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { changeGroup } from "./change-group.ts";
import { createGroup } from "./create-group.ts";
import { deleteGroup } from "./delete-group.ts";
import { readGroup } from "./group-row.ts";
import { listGroups } from "./list-groups.ts";
import {
  ChangeGroupRequest,
  CreateGroupRequest,
  Group,
  GroupPage,
  GroupParams,
  ListGroupsQuery,
} from "./schema.ts";

export const READ_GROUPS: { access: Access } = { access: { kind: "permission", permission: "groups:read" } };
/** A group's permissions and members are grants like a role: they ask for a person and a fresh factor as roles do. */
export const WRITE_GROUPS: { access: Access } = {
  access: { kind: "user", permission: "groups:write", step_up: true },
};

export const groupRoutes = createApp();

groupRoutes.openapi(
  defineRoute(READ_GROUPS, {
    method: "get",
    path: "/groups",
    operationId: "listGroups",
    tags: ["users"],
    summary: "Groups, by name",
    description: "By name, each with what it grants and how many members it has.",
    request: { query: ListGroupsQuery },
    responses: {
      200: { description: "A page of groups", content: { "application/json": { schema: GroupPage } } },
      ...problems(422),
    },
  }),
  async (c) => c.json(await listGroups(c.get("ctx").db, c.req.valid("query")), 200),
);

groupRoutes.openapi(
  defineRoute(
    { ...WRITE_GROUPS, middleware: [idempotent] },
    {
      method: "post",
      path: "/groups",
      operationId: "createGroup",
      tags: ["users"],
      summary: "Make a group",
      description: "Its members are granted its permissions, of which one must hold each. Names are unique.",
      request: { body: { required: true, content: { "application/json": { schema: CreateGroupRequest } } } },
      responses: {
        201: { description: "The group", content: { "application/json": { schema: Group } } },
        ...problems(409),
      },
    },
  ),
  async (c) => {
    return answerOnce(
      c,
      (ctx) => createGroup(ctx, c.req.valid("json")),
      (group: Group) => c.json(group, 201, { location: `/api/v1/groups/${group.id}`, ...etag(group) }),
    );
  },
);

groupRoutes.openapi(
  defineRoute(READ_GROUPS, {
    method: "get",
    path: "/groups/{id}",
    operationId: "getGroup",
    tags: ["users"],
    summary: "One group",
    description: "With what it grants. Its `ETag` names the revision that a change is made from.",
    request: { params: GroupParams },
    responses: {
      200: { description: "The group", content: { "application/json": { schema: Group } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const group = await readGroup(c.get("ctx").db, c.req.valid("param").id);
    return c.json(group, 200, etag(group));
  },
);

groupRoutes.openapi(
  defineRoute(WRITE_GROUPS, {
    method: "patch",
    path: "/groups/{id}",
    operationId: "changeGroup",
    tags: ["users"],
    summary: "Change a group's name, description or permissions",
    description: `Other permissions count for its members at once; their access tokens must be refreshed. Who lacks
something that the group grants, before or after, cannot change it.`,
    request: {
      params: GroupParams,
      headers: IfMatch,
      body: { required: true, content: { "application/json": { schema: ChangeGroupRequest } } },
    },
    responses: {
      200: { description: "The group as it is now", content: { "application/json": { schema: Group } } },
      ...problems(404, 409, 412),
    },
  }),
  async (c) => {
    const { "if-match": expected } = c.req.valid("header");
    const group = await changeGroup(c.get("ctx"), c.req.valid("param").id, c.req.valid("json"), expected);
    return c.json(group, 200, etag(group));
  },
);

groupRoutes.openapi(
  defineRoute(WRITE_GROUPS, {
    method: "delete",
    path: "/groups/{id}",
    operationId: "deleteGroup",
    tags: ["users"],
    summary: "Remove a group",
    description: "What it granted to its members ends at once.",
    request: { params: GroupParams },
    responses: { 204: { description: "It is gone" }, ...problems(404, 422) },
  }),
  async (c) => {
    await deleteGroup(c.get("ctx"), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
