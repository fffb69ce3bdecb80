import { asc, eq } from "drizzle-orm";
import { activity_types } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { createType } from "./create-type.ts";
import { ActivityType, ActivityTypeList, CreateTypeRequest } from "./schema.ts";
import { builtInTypes, showType } from "./show-type.ts";

/** The built-in types and those of whoever asks. */
export async function listTypes(ctx: Pick<Ctx, "db" | "actor">): Promise<ActivityType[]> {
  const own = await ctx.db
    .select()
    .from(activity_types)
    .where(eq(activity_types.user_id, ownerOf(ctx)))
    .orderBy(asc(activity_types.name));
  return [...builtInTypes(), ...own.map(showType)];
}

export const typesApp = createApp();

typesApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:write" }, middleware: [idempotent] },
    {
      method: "post",
      path: "/activity-types",
      operationId: "createActivityType",
      tags: ["activity"],
      summary: "Register a type of activity of one's own",
      description:
        "Webhooks know it as `activity.<name>`. What its events hold in `data` is checked by the schema.",
      request: { body: { required: true, content: { "application/json": { schema: CreateTypeRequest } } } },
      responses: {
        201: { description: "The type", content: { "application/json": { schema: ActivityType } } },
        ...problems(409),
      },
    },
  ),
  async (c) =>
    answerOnce(
      c,
      (ctx) => createType(ctx, c.req.valid("json")),
      (made: ActivityType) => c.json(made, 201),
    ),
);

typesApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/activity-types",
      operationId: "listActivityTypes",
      tags: ["activity"],
      summary: "The built-in types of activity, and one's own",
      description: "With the JSON Schema that the `data` of each must meet.",
      responses: {
        200: { description: "All of them", content: { "application/json": { schema: ActivityTypeList } } },
      },
    },
  ),
  async (c) => c.json({ data: await listTypes(c.get("ctx")), next_cursor: null }, 200),
);
