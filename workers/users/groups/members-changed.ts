import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";

/** How many gates are told at a time. */
const AT_ONCE = 25;

/** Condition on `u`, for `lockAccounts`: who is in the group. */
export function membersOf(group_id: string): SQL {
  return sql`u.id in (select m.user_id from group_members m where m.group_id = ${group_id})`;
}

/** Makes the members' access tokens worth nothing, in one statement. Their rows must be locked. */
export async function bumpMembers(tx: Tx, group_id: string): Promise<string[]> {
  const bumped = await readRows(
    tx,
    sql`update users u set access_version = u.access_version + 1 where ${membersOf(group_id)} returning u.id`,
    z.object({ id: z.string() }),
  );
  return bumped.map(({ id }) => id);
}

/**
 * Tells the members' gates after the commit: the first before the answer, the rest after it. A gate that is told late
 * or not at all asks by itself within seconds.
 */
export async function tellMembers(
  ctx: Pick<Ctx, "db" | "gates" | "later" | "log">,
  user_ids: readonly string[],
): Promise<void> {
  const tell = (ids: readonly string[]) => Promise.all(ids.map((id) => accessChanged(ctx, id)));
  await tell(user_ids.slice(0, AT_ONCE));
  const rest = async () => {
    for (let from = AT_ONCE; from < user_ids.length; from += AT_ONCE)
      await tell(user_ids.slice(from, from + AT_ONCE));
  };
  if (user_ids.length > AT_ONCE)
    ctx.later(
      rest().catch((error: unknown) =>
        ctx.log.warn("some members' gates were not told of a change", { error: describeError(error) }),
      ),
    );
}
