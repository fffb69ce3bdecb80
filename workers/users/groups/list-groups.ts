import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { GROUP_COLUMNS, GroupRow } from "./group-row.ts";
import type { GroupPage, ListGroupsQuery } from "./schema.ts";

const ListRow = GroupRow.extend({ name_key: z.string() });
const NameKey = z.string().regex(/^[^\0]*$/);

/** Groups by name. */
export async function listGroups(db: Db, { search, limit, cursor }: ListGroupsQuery): Promise<GroupPage> {
  const scope = [search ?? null];
  const after = cursor === undefined ? undefined : decodeCursor(cursor, scope, NameKey);
  const pattern = search === undefined ? "%" : `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const rows = await readRows(
    db,
    sql`select ${GROUP_COLUMNS}, g.name_key from groups g
      where g.name ilike ${pattern} and ${after === undefined ? sql`true` : sql`g.name_key collate "C" > ${after}`}
      order by g.name_key collate "C" limit ${limit + 1}`,
    ListRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return {
    data: data.map(({ name_key: _, ...group }) => group),
    next_cursor: rows.length > limit && last !== undefined ? encodeCursor(scope, last.name_key) : null,
  };
}
