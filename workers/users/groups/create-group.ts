import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { groups } from "../../../shared/db/schema/index.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { lockAccounts } from "../access/lock-accounts.ts";
import { mayGrant } from "../access/rules.ts";
import { groupNameKey, nameTaken, readGroup } from "./group-row.ts";
import type { CreateGroupRequest, Group } from "./schema.ts";

export type GroupCtx = Pick<
  Ctx,
  "db" | "transact" | "actor" | "client" | "now" | "trace" | "gates" | "later" | "log"
>;

/** Makes a group without members. Throws `conflict` where the name is taken, `forbidden` for what one lacks oneself. */
export async function createGroup(
  ctx: GroupCtx & Answers<Group>,
  wanted: CreateGroupRequest,
): Promise<Group> {
  const { name, description = null, permissions } = wanted;
  return ctx.transact(async (tx) => {
    const acting = await lockAccounts(tx, ctx, "groups:write");
    mayGrant(acting, "This group", permissions);
    const id = newId("grp", ctx.now());
    const at = isoTime(ctx.now());
    const row = { id, name, name_key: groupNameKey(name), description, permissions };
    const made = await tx
      .insert(groups)
      .values({ ...row, created_at: at, updated_at: at })
      .onConflictDoNothing({ target: groups.name_key })
      .returning({ id: groups.id });
    if (made.length === 0) throw nameTaken(name);
    const group = await readGroup(tx, id);
    await recordAudit(tx, ctx, {
      action: "group.created",
      target: { type: "group", id },
      after: { name, description, permissions },
    });
    await ctx.keepAnswer?.(tx, group);
    return group;
  });
}
