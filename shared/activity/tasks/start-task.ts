import type { Task } from "../../contracts/activity.ts";
import { tasks } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { newId } from "../../platform/ids.ts";
import { toTask } from "./task-row.ts";

export interface NewTask {
  user_id: string;
  /** Such as `report` or `export`. */
  kind: string;
  title: string;
  /** By default, queued. */
  status?: "queued" | "running" | undefined;
  /** Percent; null: unknown. */
  progress?: number | null | undefined;
  message?: string | null | undefined;
}

/**
 * Makes a task in the transaction of what it is for. After the commit, tell the devices: `publishToUser(ctx, user_id,
 * taskEvent(task))`.
 */
export async function startTask(tx: Pick<Tx, "insert">, ctx: Pick<Ctx, "now">, task: NewTask): Promise<Task> {
  const at = isoTime(ctx.now());
  const { user_id, kind, title, status = "queued", progress = null, message = null } = task;
  const [row] = await tx
    .insert(tasks)
    .values({
      id: newId("tsk", ctx.now()),
      user_id,
      kind,
      title,
      status,
      progress,
      message,
      created_at: at,
      updated_at: at,
    })
    .returning();
  if (row === undefined) throw new Error("a task that was inserted did not come back");
  return toTask(row);
}
