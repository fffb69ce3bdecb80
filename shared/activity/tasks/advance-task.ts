import type { Task } from "../../contracts/activity.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type PublishCtx, publishToUser } from "../publish-to-user.ts";
import { changeTask } from "./change-task.ts";
import { taskEvent } from "./task-row.ts";

type TaskCtx = PublishCtx & Pick<Ctx, "transact">;
interface TaskName {
  user_id: string;
  id: string;
}

/**
 * Says how far long work is, and tells the devices. The task runs from then on.
 * @throws `conflict` where it was ended meanwhile, so that the work can stop.
 */
export async function advanceTask(
  ctx: TaskCtx,
  task: TaskName,
  change: { progress?: number; message?: string },
): Promise<Task> {
  const now = await ctx.transact((tx) => changeTask(tx, ctx, task, { ...change, status: "running" }));
  publishToUser(ctx, task.user_id, taskEvent(now));
  return now;
}

export type TaskOutcome =
  | { status: "completed"; result?: Task["result"]; message?: string }
  | { status: "failed"; error: string; message?: string }
  | { status: "cancelled"; message?: string };

/** Ends long work, and tells the devices. Throws `conflict` where it was ended already. */
export async function finishTask(ctx: TaskCtx, task: TaskName, outcome: TaskOutcome): Promise<Task> {
  const now = await ctx.transact((tx) => changeTask(tx, ctx, task, outcome));
  publishToUser(ctx, task.user_id, taskEvent(now));
  return now;
}
