import { z } from "@hono/zod-openapi";
import { ActivityTypeName } from "../../../shared/contracts/activity.ts";
import { freeText } from "../../../shared/contracts/primitives.ts";

export const CreateTypeRequest = z
  .strictObject({
    name: ActivityTypeName.meta({ example: "lead_won" }),
    description: freeText(500).nullable().default(null),
    schema: z
      .unknown()
      .refine((schema) => typeof schema === "object" && schema !== null, "must be a JSON Schema, an object")
      .openapi({
        type: "object",
        description: "JSON Schema (draft 2020-12) of `data`, less what docs/activity.md names",
        example: { type: "object", required: ["deal"], properties: { deal: { type: "string" } } },
      }),
  })
  .openapi("CreateActivityTypeRequest");
export type CreateTypeRequest = z.output<typeof CreateTypeRequest>;

export const ActivityType = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    /** Whether everybody has it. */
    built_in: z.boolean(),
    /** As webhooks know it. */
    event_type: z.string(),
    schema: z.record(z.string(), z.unknown()),
    created_at: z.string().nullable(),
  })
  .openapi("ActivityType");
export type ActivityType = z.infer<typeof ActivityType>;

export const ActivityTypeList = z
  .object({ data: z.array(ActivityType), next_cursor: z.null() })
  .openapi("ActivityTypeList");
