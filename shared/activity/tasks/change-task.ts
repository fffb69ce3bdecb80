import type { Task } from "../../contracts/activity.ts";
import { tasks } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type ExpectedTags, expectRevision } from "../../platform/http/if-match.ts";
import { isOver, nextState, type TaskChange } from "./next-state.ts";
import { noSuchTask, taskOf, toTask } from "./task-row.ts";

/** Whoever cancels a task knows that it is over. */
async function tellOfEnd(tx: Tx, ctx: Pick<Ctx, "now">, user_id: string, task: Task): Promise<string[]> {
  const { id, title, status } = task;
  if (status !== "completed" && status !== "failed") return [];
  const failed = status === "failed";
  const said = (failed ? task.error : task.message) ?? (failed ? "It failed." : "It is done.");
  const told = await notify(tx, ctx, {
    user_id,
    kind: "task.finished",
    level: failed ? "warning" : "info",
    title: `${failed ? "Failed" : "Done"}: ${title}`,
    body: said,
    cause: `task:${id}:finished`,
    data: { task_id: id, status },
  });
  return told === null ? [] : [told];
}

/**
 * Changes a task in the caller's transaction, and notifies its user where it has ended by itself. After the commit, tell
 * the devices: `publishToUser(ctx, user_id, taskEvent(task))`, and `deliverNotificationsSoon(ctx, notifications)`.
 * @param expected the revision that the change was made from, where somebody cares.
 * @throws `not_found`, `stale_edit`, and what `nextState` throws.
 */
export async function changeTask(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  { user_id, id }: { user_id: string; id: string },
  change: TaskChange,
  expected?: ExpectedTags,
): Promise<{ task: Task; notifications: string[] }> {
  const [before] = await tx.select().from(tasks).where(taskOf(user_id, id)).for("update");
  if (before === undefined) throw noSuchTask();
  expectRevision(expected, before);
  const next = nextState(toTask(before), change);
  const at = isoTime(ctx.now());
  const [after] = await tx
    .update(tasks)
    .set({
      ...next,
      revision: before.revision + 1,
      updated_at: at,
      finished_at: isOver(next) ? at : null,
    })
    .where(taskOf(user_id, id))
    .returning();
  if (after === undefined) throw noSuchTask();
  const task = toTask(after);
  return { task, notifications: await tellOfEnd(tx, ctx, user_id, task) };
}
