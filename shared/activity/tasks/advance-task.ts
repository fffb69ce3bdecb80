import type { Task } from "../../contracts/activity.ts";
import { deliverNotificationsSoon } from "../../notifications/deliver-soon.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type PublishCtx, publishToUser } from "../publish-to-user.ts";
import { changeTask } from "./change-task.ts";
import type { TaskChange } from "./next-state.ts";
import { taskEvent } from "./task-row.ts";

type TaskCtx = PublishCtx & Pick<Ctx, "db" | "transact">;
interface TaskName {
  user_id: string;
  id: string;
}

async function changeAndTell(ctx: TaskCtx, name: TaskName, change: TaskChange): Promise<Task> {
  const { task, notifications } = await ctx.transact((tx) => changeTask(tx, ctx, name, change));
  publishToUser(ctx, name.user_id, taskEvent(task));
  deliverNotificationsSoon(ctx, notifications);
  return task;
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
  return changeAndTell(ctx, task, { ...change, status: "running" });
}

export type TaskOutcome =
  | { status: "completed"; result?: Task["result"]; message?: string }
  | { status: "failed"; error: string; message?: string }
  | { status: "cancelled"; message?: string };

/** Ends long work, and tells its user and the devices. Throws `conflict` where it was ended already. */
export async function finishTask(ctx: TaskCtx, task: TaskName, outcome: TaskOutcome): Promise<Task> {
  return changeAndTell(ctx, task, outcome);
}
