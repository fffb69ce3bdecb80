import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { groups } from "../../../shared/db/schema/index.ts";
import { lockAccounts } from "../access/lock-accounts.ts";
import { mayGrant } from "../access/rules.ts";
import type { GroupCtx } from "./create-group.ts";
import { lockGroup } from "./group-row.ts";
import { bumpMembers, membersOf, tellMembers } from "./members-changed.ts";

/** Removes a group; what it granted to its members ends at once. */
export async function deleteGroup(ctx: GroupCtx, id: string): Promise<void> {
  const members = await ctx.transact(async (tx) => {
    const { name, description, permissions } = await lockGroup(tx, id);
    const acting = await lockAccounts(tx, ctx, "groups:write", membersOf(id));
    mayGrant(acting, "This group", permissions);
    const bumped = await bumpMembers(tx, id);
    await tx.delete(groups).where(eq(groups.id, id));
    await recordAudit(tx, ctx, {
      action: "group.deleted",
      target: { type: "group", id },
      before: { name, description, permissions, members: bumped.length },
    });
    return bumped;
  });
  await tellMembers(ctx, members);
}
