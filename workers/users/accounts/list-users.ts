import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { UserId } from "../access/parameters.ts";
import type { ListUsersQuery, UserPage } from "./schema.ts";
import { USER_COLUMNS, UserRow } from "./user-row.ts";

/** What a list goes by: text compared by its bytes, which no setting of the database changes, or a number. */
const SORT_KEYS = {
  created: { key: sql.raw("extract(epoch from u.created_at)"), type: "numeric" },
  last_login: { key: sql.raw("extract(epoch from u.last_login_at)"), type: "numeric" },
  email: { key: sql.raw(`u.email_key collate "C"`), type: "text" },
  name: { key: sql.raw(`lower(u.name) collate "C"`), type: "text" },
} as const;

const ListRow = UserRow.extend({ sort_key: z.string().nullable() });

function listKey(type: "numeric" | "text") {
  const value =
    type === "text" ? z.string().regex(/^[^\0]*$/) : z.string().regex(/^-?\d{1,20}(?:\.\d{1,10})?$/);
  return z.tuple([value.nullable(), UserId]);
}

function matches({ search, role, status, plan, group }: ListUsersQuery): SQL {
  const pattern = search === undefined ? "" : `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const conditions = [
    search !== undefined &&
      sql`(u.email ilike ${pattern} or u.email_key ilike ${pattern} or u.name ilike ${pattern})`,
    role !== undefined && sql`u.role = ${role}`,
    status !== undefined && sql`u.status = ${status}`,
    plan !== undefined && sql`u.plan = ${plan}`,
    group !== undefined &&
      sql`exists (select 1 from group_members f where f.user_id = u.id and f.group_id = ${group})`,
  ].filter((condition) => condition !== false);
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

function beyond(
  order: "asc" | "desc",
  type: "numeric" | "text",
  after: readonly [string | null, string] | undefined,
): SQL {
  if (after === undefined) return sql`true`;
  const [value, id] = after;
  const direction = sql.raw(order === "asc" ? ">" : "<");
  if (value === null) return sql`r.sort_key is null and r.id ${direction} ${id}`;
  const at = sql`${value}::${sql.raw(type)}`;
  return sql`(r.sort_key is null or r.sort_key ${direction} ${at}
    or (r.sort_key = ${at} and r.id ${direction} ${id}))`;
}

/** Accounts that pass every filter; who has no name or no log-in stands last in either order. */
export async function listUsers(db: Db, query: ListUsersQuery): Promise<UserPage> {
  const { sort, order, limit, cursor } = query;
  const { key, type } = SORT_KEYS[sort];
  const scope = [query.search, query.role, query.status, query.plan, query.group, sort, order].map(
    (value) => value ?? null,
  );
  const after = cursor === undefined ? undefined : decodeCursor(cursor, scope, listKey(type));
  const rows = await readRows(
    db,
    sql`
      with page as (
        select * from (select u.id, ${key} as sort_key from users u where ${matches(query)}) r
        where ${beyond(order, type, after)}
        order by r.sort_key ${sql.raw(order)} nulls last, r.id ${sql.raw(order)} limit ${limit + 1}
      )
      select ${USER_COLUMNS}, page.sort_key::text as sort_key from page join users u on u.id = page.id
      order by page.sort_key ${sql.raw(order)} nulls last, page.id ${sql.raw(order)}`,
    ListRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return {
    data: data.map(({ sort_key: _, ...user }) => user),
    next_cursor:
      rows.length > limit && last !== undefined ? encodeCursor(scope, [last.sort_key, last.id]) : null,
  };
}
