import { count, eq } from "drizzle-orm";
import { z } from "zod";
import { schemaFaults } from "../../../shared/activity/schema/check-schema.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { BUILT_IN_ACTIVITY } from "../../../shared/contracts/activity.ts";
import { activity_types, users } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { ActivityType, CreateTypeRequest } from "./schema.ts";
import { showType } from "./show-type.ts";

const MAX_TYPES = 100;

/**
 * Registers a type of activity of whoever asks.
 * @throws `invalid_request` for a schema that cannot be used, `conflict` where the name is taken or there are too many.
 */
export async function createType(
  ctx: Pick<Ctx, "transact" | "actor" | "client" | "now" | "trace"> & Answers<ActivityType>,
  { name, description, schema }: CreateTypeRequest,
): Promise<ActivityType> {
  const user_id = ownerOf(ctx);
  const details = schemaFaults(schema).map(({ pointer, message }) => ({
    pointer: `/schema${pointer}`,
    message,
  }));
  const [first] = details;
  if (first !== undefined)
    throw new AppError("invalid_request", `${first.pointer.slice(1)} ${first.message}.`, { details });
  const taken = new AppError("conflict", `There is an activity type "${name}" already.`);
  if (Object.hasOwn(BUILT_IN_ACTIVITY, name)) throw taken;
  return ctx.transact(async (tx) => {
    // Whoever makes two at once makes them one after the other, so that both are counted.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("update");
    const [known] = await tx
      .select({ types: count() })
      .from(activity_types)
      .where(eq(activity_types.user_id, user_id));
    if ((known?.types ?? 0) >= MAX_TYPES)
      throw new AppError(
        "conflict",
        `There is room for ${MAX_TYPES} activity types, and you have that many.`,
      );
    const [made] = await tx
      .insert(activity_types)
      .values({
        user_id,
        name,
        description,
        schema: z.record(z.string(), z.unknown()).parse(schema),
        created_at: isoTime(ctx.now()),
      })
      .onConflictDoNothing()
      .returning();
    if (made === undefined) throw taken;
    await recordAudit(tx, ctx, {
      action: "activity_type.created",
      target: { type: "activity_type", id: name },
      after: { name, description },
    });
    const shown = showType(made);
    await ctx.keepAnswer?.(tx, shown);
    return shown;
  });
}
