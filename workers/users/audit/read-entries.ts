import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { ENTRY_COLUMNS, EntryRow } from "./entry-row.ts";
import { type AuditFilter, auditPassing } from "./filter.ts";
import type { AuditPage } from "./schema.ts";

const SeqKey = z.number().int().min(1);

/** A page of the audit log, newest first. Throws `invalid_request` for a cursor that is not of this list. */
export async function readEntries(
  db: Db,
  { limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string | undefined },
): Promise<AuditPage> {
  const before = cursor === undefined ? undefined : decodeCursor(cursor, filter, SeqKey);
  const rows = await readRows(
    db,
    sql`select ${ENTRY_COLUMNS} from audit_log
        where ${auditPassing(filter)} and ${before === undefined ? sql`true` : sql`seq < ${before}::bigint`}
        order by seq desc limit ${limit + 1}`,
    EntryRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(filter, last.seq) : null };
}
