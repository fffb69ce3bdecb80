import { z } from "@hono/zod-openapi";
import { storableData } from "../../../shared/activity/storable-data.ts";
import { Task, TaskStatus } from "../../../shared/contracts/activity.ts";
import { freeText, JsonValue, lineText } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, oneOf, pathId, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const Kind = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_.]*$/, 'must be lower-case letters, digits, "_" and ".", such as "import"');
const Progress = z.int("must be a whole number").min(0, "must be at least 0").max(100, "must be at most 100");
const Note = freeText(2000).nullable().optional();

export const CreateTaskRequest = z
  .strictObject({
    kind: Kind,
    title: lineText(200),
    status: z.enum(["queued", "running"], { error: "must be queued or running" }).optional(),
    progress: Progress.nullable().optional(),
    message: Note,
  })
  .openapi("CreateTaskRequest");
export type CreateTaskRequest = z.output<typeof CreateTaskRequest>;

export const ChangeTaskRequest = z
  .strictObject({
    status: TaskStatus.optional(),
    progress: Progress.optional().openapi({ description: "Percent done; never falls" }),
    message: Note,
    result: storableData(JsonValue).optional().openapi({ description: "Of a completed task" }),
    error: Note.openapi({ description: "Of a failed task" }),
  })
  .refine((change) => Object.keys(change).length > 0, "must change something")
  .openapi("ChangeTaskRequest");
export type ChangeTaskRequest = z.output<typeof ChangeTaskRequest>;

export const TaskParams = z.object({
  id: pathId("tsk", "task"),
});

export const TasksQuery = query({
  status: oneOf(TaskStatus.options).optional().openapi({ description: "Only tasks in this state" }),
  kind: text(64).optional().openapi({ description: "Only tasks of this kind" }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type TasksQuery = z.output<typeof TasksQuery>;

export const TaskPage = z
  .object({ data: z.array(Task), next_cursor: z.string().nullable() })
  .openapi("TaskPage");
export type TaskPage = z.infer<typeof TaskPage>;
