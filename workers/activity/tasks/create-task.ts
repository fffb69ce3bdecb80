import type { z } from "@hono/zod-openapi";
import { publishToUser } from "../../../shared/activity/publish-to-user.ts";
import { startTask } from "../../../shared/activity/tasks/start-task.ts";
import { taskEvent } from "../../../shared/activity/tasks/task-row.ts";
import type { Task } from "../../../shared/contracts/activity.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { CreateTaskRequest } from "./schema.ts";

/** Begins a task of whoever asks, and tells their devices. */
export async function createTask(
  ctx: Ctx & Answers<Task>,
  asked: z.output<typeof CreateTaskRequest>,
): Promise<Task> {
  const user_id = ownerOf(ctx);
  const task = await ctx.transact(async (tx) => {
    const made = await startTask(tx, ctx, { ...asked, user_id });
    await ctx.keepAnswer?.(tx, made);
    return made;
  });
  publishToUser(ctx, user_id, taskEvent(task));
  return task;
}
