import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { UserId } from "../access/parameters.ts";
import { readGroup } from "./group-row.ts";
import type { ListMembersQuery, MemberPage } from "./schema.ts";

const MemberRow = z.object({
  user_id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  added_at: TimeColumn,
});

/** Members in the order in which their accounts were made. Throws `not_found`. */
export async function listMembers(
  db: Db,
  group_id: string,
  { limit, cursor }: ListMembersQuery,
): Promise<MemberPage> {
  const after = cursor === undefined ? "" : decodeCursor(cursor, [group_id], UserId);
  await readGroup(db, group_id);
  const rows = await readRows(
    db,
    sql`select u.id as user_id, u.email, u.name, m.added_at
      from group_members m join users u on u.id = m.user_id
      where m.group_id = ${group_id} and m.user_id > ${after} order by m.user_id limit ${limit + 1}`,
    MemberRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return {
    data,
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor([group_id], last.user_id) : null,
  };
}
