import { and, eq } from "drizzle-orm";
import type { Task } from "../../contracts/activity.ts";
import { JsonValue } from "../../contracts/primitives.ts";
import type { UserEventInput } from "../../contracts/user-room.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { tasks } from "../../db/schema/index.ts";
import { AppError } from "../../platform/errors.ts";

/** A task as everybody is shown it. */
export function toTask(row: typeof tasks.$inferSelect): Task {
  return {
    id: row.id,
    kind: row.kind,
    title: row.title,
    status: row.status,
    progress: row.progress,
    message: row.message,
    result: JsonValue.nullable().parse(row.result),
    error: row.error,
    revision: row.revision,
    created_at: isoOfTimestamp(row.created_at),
    updated_at: isoOfTimestamp(row.updated_at),
    finished_at: row.finished_at === null ? null : isoOfTimestamp(row.finished_at),
  };
}

/** One task, only where it is that user's. */
export function taskOf(user_id: string, id: string) {
  return and(eq(tasks.id, id), eq(tasks.user_id, user_id));
}

/** For tasks that do not exist and for those of others alike. */
export function noSuchTask(): AppError {
  return new AppError("not_found", "You have no such task.");
}

/** What devices are told of a change. */
export function taskEvent(task: Task): UserEventInput {
  return { kind: "task_update", id: `${task.id}:${task.revision}`, at: task.updated_at, data: task };
}
