import { z } from "zod";
import { freeText, Instant, JsonValue, lineText, storableText } from "./primitives.ts";
import type { BuiltInActivityType } from "./webhooks.ts";

/** A type of activity by its name; webhooks know it as `activity.<name>`. */
export const ActivityTypeName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case letters, digits and "_", such as "lead_won"');

/** What comes with an event, whatever its type. */
export const ActivityData = z.record(z.string(), JsonValue);
export type ActivityData = z.infer<typeof ActivityData>;

const ref = lineText(200);
const note = freeText(2000).optional();
const count = z.int().min(0);

/** What the built-in types' `data` must hold; more may stand beside it. */
export const BUILT_IN_ACTIVITY = {
  prospect_added: {
    description: "Somebody or something worth following was added",
    data: z.looseObject({ prospect: ref, source: ref.optional(), note }),
  },
  research_completed: {
    description: "A piece of research came to its end",
    data: z.looseObject({ subject: ref, findings: count.optional(), note }),
  },
  outreach_sent: {
    description: "A message was sent to somebody",
    data: z.looseObject({ recipient: ref, channel: ref, note }),
  },
  content_published: {
    description: "Something was published",
    data: z.looseObject({ title: ref, channel: ref.optional(), url: z.url().max(2000).optional() }),
  },
  task_completed: {
    description: "A task was done",
    data: z.looseObject({ task: ref, duration_s: z.number().min(0).optional(), note }),
  },
  automation_triggered: {
    description: "An automation ran",
    data: z.looseObject({ automation: ref, trigger: ref.optional(), succeeded: z.boolean().optional() }),
  },
} satisfies Record<z.infer<typeof BuiltInActivityType>, { description: string; data: z.ZodType }>;

export const MAX_ACTIVITY_EVENTS = 500;

/** An event as it is handed in; `data` is judged by its type afterwards. */
export const ActivityInput = z.strictObject({
  type: ActivityTypeName,
  data: ActivityData.default({}),
  /** When it happened; by default, now. */
  occurred_at: Instant.optional(),
  /** What the sender calls it; the same again changes nothing. */
  event_key: storableText(200).optional(),
});
export type ActivityInput = z.output<typeof ActivityInput>;

export const ActivityEvent = z
  .object({
    id: z.string(),
    type: z.string(),
    data: ActivityData,
    event_key: z.string().nullable(),
    occurred_at: z.string(),
    created_at: z.string(),
  })
  .meta({ id: "ActivityEvent" });
export type ActivityEvent = z.infer<typeof ActivityEvent>;

/** What became of the events of a request; every one of them is in exactly one of the three. */
export const ActivityAnswer = z
  .object({
    accepted: z.number().int(),
    /** Events that were here already, by `event_key`. */
    duplicate: z.number().int(),
    rejected: z.array(
      z.object({
        index: z.number().int(),
        errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
      }),
    ),
    /** The event of each index that was not rejected, new or known. */
    events: z.array(z.object({ index: z.number().int(), id: z.string(), duplicate: z.boolean() })),
  })
  .meta({ id: "ActivityAnswer" });
export type ActivityAnswer = z.infer<typeof ActivityAnswer>;

export const TaskStatus = z.enum(["queued", "running", "completed", "failed", "cancelled"]);
export type TaskStatus = z.infer<typeof TaskStatus>;

export const Task = z
  .object({
    id: z.string(),
    kind: z.string(),
    title: z.string(),
    status: TaskStatus,
    /** Percent done; null: unknown. */
    progress: z.number().int().nullable(),
    message: z.string().nullable(),
    result: JsonValue.nullable(),
    error: z.string().nullable(),
    /** Grows with every change. */
    revision: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
    finished_at: z.string().nullable(),
  })
  .meta({ id: "Task" });
export type Task = z.infer<typeof Task>;
