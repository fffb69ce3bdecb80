import { z } from "zod";
import { BUILT_IN_ACTIVITY } from "../../../shared/contracts/activity.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import type { activity_types } from "../../../shared/db/schema/index.ts";
import type { ActivityType } from "./schema.ts";

const Schema = z.record(z.string(), z.unknown());

export function showType(row: typeof activity_types.$inferSelect): ActivityType {
  return {
    name: row.name,
    description: row.description,
    built_in: false,
    event_type: `activity.${row.name}`,
    schema: Schema.parse(row.schema),
    created_at: isoOfTimestamp(row.created_at),
  };
}

/** The types that everybody has. */
export function builtInTypes(): ActivityType[] {
  return Object.entries(BUILT_IN_ACTIVITY).map(([name, { description, data }]) => ({
    name,
    description,
    built_in: true,
    event_type: `activity.${name}`,
    schema: Schema.parse(z.toJSONSchema(data, { io: "input" })),
    created_at: null,
  }));
}
