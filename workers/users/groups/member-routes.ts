import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { addMember, removeMember } from "./change-membership.ts";
import { listMembers } from "./list-members.ts";
import { READ_GROUPS, WRITE_GROUPS } from "./routes.ts";
import {
  AddMemberRequest,
  GroupParams,
  ListMembersQuery,
  Member,
  MemberPage,
  MemberParams,
} from "./schema.ts";

export const memberRoutes = createApp();

memberRoutes.openapi(
  defineRoute(READ_GROUPS, {
    method: "get",
    path: "/groups/{id}/members",
    operationId: "listMembers",
    tags: ["users"],
    summary: "Members of a group",
    description: "By their ids.",
    request: { params: GroupParams, query: ListMembersQuery },
    responses: {
      200: { description: "A page of members", content: { "application/json": { schema: MemberPage } } },
      ...problems(404, 422),
    },
  }),
  async (c) => {
    const page = await listMembers(c.get("ctx").db, c.req.valid("param").id, c.req.valid("query"));
    return c.json(page, 200);
  },
);

memberRoutes.openapi(
  defineRoute(
    { ...WRITE_GROUPS, middleware: [idempotent] },
    {
      method: "post",
      path: "/groups/{id}/members",
      operationId: "addMember",
      tags: ["users"],
      summary: "Take an account into a group",
      description: "One must hold what the group grants, and what the account holds.",
      request: {
        params: GroupParams,
        body: { required: true, content: { "application/json": { schema: AddMemberRequest } } },
      },
      responses: {
        201: { description: "The member", content: { "application/json": { schema: Member } } },
        ...problems(404, 409),
      },
    },
  ),
  async (c) => {
    const { user_id } = c.req.valid("json");
    return answerOnce(
      c,
      (ctx) => addMember(ctx, c.req.valid("param").id, user_id),
      (member: Member) => c.json(member, 201),
    );
  },
);

memberRoutes.openapi(
  defineRoute(WRITE_GROUPS, {
    method: "delete",
    path: "/groups/{id}/members/{user_id}",
    operationId: "removeMember",
    tags: ["users"],
    summary: "Take an account out of a group",
    description: "What only the group granted ends with the next request.",
    request: { params: MemberParams },
    responses: { 204: { description: "It is out" }, ...problems(404, 422) },
  }),
  async (c) => {
    const { id, user_id } = c.req.valid("param");
    await removeMember(c.get("ctx"), id, user_id);
    return c.body(null, 204);
  },
);
