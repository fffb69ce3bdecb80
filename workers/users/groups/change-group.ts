import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { groups } from "../../../shared/db/schema/index.ts";
import { isUniqueViolation } from "../../../shared/db/unique.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { lockAccounts } from "../access/lock-accounts.ts";
import { mayGrant } from "../access/rules.ts";
import type { GroupCtx } from "./create-group.ts";
import { groupNameKey, lockGroup, nameTaken, readGroup } from "./group-row.ts";
import { bumpMembers, membersOf, tellMembers } from "./members-changed.ts";
import type { ChangeGroupRequest, Group } from "./schema.ts";

/**
 * Changes a group. Other permissions count for its members at once. Who lacks something that it grants can neither
 * add that nor take it away.
 */
export async function changeGroup(
  ctx: GroupCtx,
  id: string,
  wanted: ChangeGroupRequest,
  expected: ExpectedTags,
): Promise<Group> {
  const { group, members } = await ctx
    .transact(async (tx) => {
      const before = await lockGroup(tx, id);
      expectRevision(expected, before);
      const { name = before.name, description = before.description } = wanted;
      const { permissions = before.permissions } = wanted;
      const granted = permissions.join() !== before.permissions.join();
      const acting = await lockAccounts(tx, ctx, "groups:write", granted ? membersOf(id) : sql`false`);
      mayGrant(acting, "This group", [...new Set([...before.permissions, ...permissions])]);
      await tx
        .update(groups)
        .set({
          name,
          name_key: groupNameKey(name),
          description,
          permissions,
          revision: before.revision + 1,
          updated_at: isoTime(ctx.now()),
        })
        .where(eq(groups.id, id));
      const members = granted ? await bumpMembers(tx, id) : [];
      const group = await readGroup(tx, id);
      await recordAudit(tx, ctx, {
        action: granted ? "group.permissions_changed" : "group.changed",
        target: { type: "group", id },
        before: { name: before.name, description: before.description, permissions: before.permissions },
        after: { name, description, permissions },
      });
      return { group, members };
    })
    .catch((error: unknown) => {
      throw isUniqueViolation(error) && wanted.name !== undefined ? nameTaken(wanted.name) : error;
    });
  await tellMembers(ctx, members);
  return group;
}
