import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { Permission } from "../../../shared/contracts/access.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { type Reader, readRows } from "../../../shared/db/rows.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Group } from "./schema.ts";

/** The columns of a group as it is shown, of `g`. */
export const GROUP_COLUMNS: SQL =
  sql.raw(`g.id, g.name, g.description, g.revision, g.created_at, g.updated_at,
  to_jsonb(g.permissions) as permissions,
  (select count(*)::int from group_members m where m.group_id = g.id) as members`);

export const GroupRow = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  // What was granted once and exists no more counts for nothing, and is not shown.
  permissions: z
    .array(z.string())
    .transform((held) => Permission.options.filter((permission) => held.includes(permission))),
  members: z.number(),
  created_at: TimeColumn,
  updated_at: TimeColumn,
  revision: z.number(),
});

/** Names are told apart without case, and without what Unicode takes for the same. */
export function groupNameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

export function groupNotFound(id: string): AppError {
  return new AppError("not_found", `There is no group ${id}.`);
}

export function nameTaken(name: string): AppError {
  return new AppError("conflict", `There is a group named "${name}" already.`);
}

/** One group. Throws `not_found`. */
export async function readGroup(db: Reader, id: string): Promise<Group> {
  const [row] = await readRows(db, sql`select ${GROUP_COLUMNS} from groups g where g.id = ${id}`, GroupRow);
  if (row === undefined) throw groupNotFound(id);
  return row;
}

/** The group, locked until the commit; before any account, as all changes of groups do. Throws `not_found`. */
export async function lockGroup(tx: Tx, id: string): Promise<Group> {
  await readRows(
    tx,
    sql`select g.id from groups g where g.id = ${id} for update`,
    z.object({ id: z.string() }),
  );
  return readGroup(tx, id);
}
