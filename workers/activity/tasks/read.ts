import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { noSuchTask, taskOf, toTask } from "../../../shared/activity/tasks/task-row.ts";
import type { Task } from "../../../shared/contracts/activity.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { tasks } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { TaskPage, TasksQuery } from "./schema.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** The tasks of whoever asks, newest first. */
export async function listTasks(
  ctx: Pick<Ctx, "db" | "actor">,
  { limit, cursor, status, kind }: TasksQuery,
): Promise<TaskPage> {
  const user_id = ownerOf(ctx);
  const scope = ["tasks", user_id, status, kind];
  const from = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const rows = await ctx.db
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.user_id, user_id),
        status && eq(tasks.status, status),
        kind === undefined ? undefined : eq(tasks.kind, kind),
        from && sql`(${tasks.created_at}, ${tasks.id}) < (${from[0]}::timestamptz, ${from[1]})`,
      ),
    )
    .orderBy(desc(tasks.created_at), desc(tasks.id))
    .limit(limit + 1);
  const data = rows.slice(0, limit).map(toTask);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(scope, [last.created_at, last.id]) : null };
}

/** @throws `not_found` */
export async function readTask(ctx: Pick<Ctx, "db" | "actor">, id: string): Promise<Task> {
  const [row] = await ctx.db
    .select()
    .from(tasks)
    .where(taskOf(ownerOf(ctx), id));
  if (row === undefined) throw noSuchTask();
  return toTask(row);
}
