import { and, eq, inArray } from "drizzle-orm";
import { BUILT_IN_ACTIVITY } from "../contracts/activity.ts";
import { activity_types } from "../db/schema/index.ts";
import type { Ctx } from "../platform/ctx.ts";
import { fieldErrors } from "../platform/zod-errors.ts";
import { type Judge, schemaJudge } from "./schema/judge-data.ts";

/** What judges the data of each of these types, of those that the user has. */
export async function readJudges(
  db: Ctx["db"],
  user_id: string,
  types: readonly string[],
): Promise<Map<string, Judge>> {
  const judges = new Map<string, Judge>();
  for (const [name, { data }] of Object.entries(BUILT_IN_ACTIVITY))
    judges.set(name, (given) => {
      const parsed = data.safeParse(given);
      return parsed.success ? [] : fieldErrors(parsed.error);
    });
  const own = [...new Set(types)].filter((type) => !judges.has(type));
  if (own.length === 0) return judges;
  const rows = await db
    .select({ name: activity_types.name, schema: activity_types.schema })
    .from(activity_types)
    .where(and(eq(activity_types.user_id, user_id), inArray(activity_types.name, own)));
  for (const { name, schema } of rows) judges.set(name, schemaJudge(schema));
  return judges;
}
