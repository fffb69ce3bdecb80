import { publishToUser } from "../../../shared/activity/publish-to-user.ts";
import { changeTask } from "../../../shared/activity/tasks/change-task.ts";
import { taskEvent } from "../../../shared/activity/tasks/task-row.ts";
import { Task } from "../../../shared/contracts/activity.ts";
import { deliverNotificationsSoon } from "../../../shared/notifications/deliver-soon.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { answerOnce, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { createTask } from "./create-task.ts";
import { listTasks, readTask } from "./read.ts";
import { ChangeTaskRequest, CreateTaskRequest, TaskPage, TaskParams, TasksQuery } from "./schema.ts";

const shown = (description: string) => ({
  description,
  content: { "application/json": { schema: Task } },
});

export const tasksApp = createApp();

tasksApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:write" }, middleware: [idempotent] },
    {
      method: "post",
      path: "/tasks",
      operationId: "createTask",
      tags: ["activity"],
      summary: "Begin a task of one's own",
      description: "Each change of a task is streamed to the devices of its user as `task_update`.",
      request: { body: { required: true, content: { "application/json": { schema: CreateTaskRequest } } } },
      responses: { 201: shown("The task") },
    },
  ),
  async (c) =>
    answerOnce(
      c,
      (ctx) => createTask(ctx, c.req.valid("json")),
      (task: Task) => c.json(task, 201, { ...etag(task), location: `/api/v1/tasks/${task.id}` }),
    ),
);

tasksApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/tasks",
      operationId: "listTasks",
      tags: ["activity"],
      summary: "One's tasks, newest first, XSEMA's own long work among them",
      description: "Newest first, by status and kind where these are given.",
      request: { query: TasksQuery },
      responses: {
        200: { description: "A page of tasks", content: { "application/json": { schema: TaskPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listTasks(c.get("ctx"), c.req.valid("query")), 200),
);

tasksApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/tasks/{id}",
      operationId: "getTask",
      tags: ["activity"],
      summary: "One of one's tasks",
      description: "Its `ETag` names the revision that a change is made from.",
      request: { params: TaskParams },
      responses: { 200: shown("The task"), ...problems(404, 422) },
    },
  ),
  async (c) => {
    const task = await readTask(c.get("ctx"), c.req.valid("param").id);
    return c.json(task, 200, etag(task));
  },
);

tasksApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:write" } },
    {
      method: "patch",
      path: "/tasks/{id}",
      operationId: "changeTask",
      tags: ["activity"],
      summary: "Say how far a task is, or how it ended",
      description: `A task goes from queued to running to completed, failed or cancelled, and never back; nothing changes
after its end, and progress never falls.`,
      request: {
        params: TaskParams,
        headers: IfMatch,
        body: { required: true, content: { "application/json": { schema: ChangeTaskRequest } } },
      },
      responses: { 200: shown("The task as it is now"), ...problems(404, 409, 412) },
    },
  ),
  async (c) => {
    const ctx = c.get("ctx");
    const user_id = ownerOf(ctx);
    const { id } = c.req.valid("param");
    const expected = c.req.valid("header")["if-match"];
    const { task, notifications } = await ctx.transact((tx) =>
      changeTask(tx, ctx, { user_id, id }, c.req.valid("json"), expected),
    );
    publishToUser(ctx, user_id, taskEvent(task));
    deliverNotificationsSoon(ctx, notifications);
    return c.json(task, 200, etag(task));
  },
);
