import { sql } from "drizzle-orm";
import { z } from "zod";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { csvLine } from "../../../shared/domain/csv.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { ENTRY_COLUMNS, EntryRow } from "./entry-row.ts";
import { type AuditFilter, auditPassing } from "./filter.ts";
import type { AuditEntry } from "./schema.ts";

/** Rows that are read, and written out, at once. */
const CHUNK = 500;

type Format = "ndjson" | "csv";

const COLUMNS = [
  "seq",
  "id",
  "at",
  "actor_type",
  "actor_id",
  "action",
  "target_type",
  "target_id",
  "before",
  "after",
  "ip",
  "user_agent",
  "trace_id",
  "prev_hash",
  "hash",
];

const jsonOf = (value: unknown) => (value === null ? null : JSON.stringify(value));

function csvOf(entry: AuditEntry): string {
  const { seq, id, at, actor, action, target, ip, user_agent, trace_id, prev_hash, hash } = entry;
  const changes = [jsonOf(entry.before), jsonOf(entry.after)];
  const who = [actor.type, actor.id, action, target.type, target.id];
  return csvLine([seq, id, at, ...who, ...changes, ip, user_agent, trace_id, prev_hash, hash]);
}

const LINE: Record<Format, (entry: AuditEntry) => string> = {
  ndjson: (entry) => `${JSON.stringify(entry)}\n`,
  csv: csvOf,
};

/** Nobody else writes rows until the transaction ends, so the last one is one's own. */
const OwnSeq = z.tuple([z.object({ seq: z.coerce.number() })]);

async function* chunksUpTo(db: Db, filter: AuditFilter, last: number) {
  const passing = auditPassing(filter);
  for (let after = 0; ; ) {
    const entries = await readRows(
      db,
      sql`select ${ENTRY_COLUMNS} from audit_log
          where ${passing} and seq > ${after}::bigint and seq <= ${last}::bigint order by seq limit ${CHUNK}`,
      EntryRow,
    );
    const end = entries.at(-1);
    if (end === undefined) return;
    yield entries;
    after = end.seq;
  }
}

/**
 * The log as one file of any size, oldest first, up to the row that says who exported it. It is read as fast as the
 * caller takes it; where the database fails on the way, the transfer breaks off instead of ending early.
 */
export async function exportEntries(
  ctx: Pick<Ctx, "db" | "transact" | "actor" | "client" | "now" | "trace">,
  { format, ...filter }: AuditFilter & { format: Format },
): Promise<ReadableStream<Uint8Array>> {
  const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  // Before the row is written, so that a filter that is none leaves no trace.
  auditPassing(filter);
  const own = await ctx.transact(async (tx) => {
    await recordAudit(tx, ctx, {
      action: "audit.exported",
      target: { type: "audit", id: null },
      after: { format, ...asked },
    });
    return OwnSeq.parse((await tx.execute(sql`select max(seq) as seq from audit_log`)).rows);
  });
  const chunks = chunksUpTo(ctx.db, filter, own[0].seq);
  // Before the answer begins, so that a database that is away is an error and no broken transfer.
  let next: Promise<IteratorResult<AuditEntry[], void>> | null = Promise.resolve(await chunks.next());
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      if (format === "csv") controller.enqueue(encoder.encode(csvLine(COLUMNS)));
    },
    async pull(controller) {
      const { value, done } = await (next ?? chunks.next());
      next = null;
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value.map(LINE[format]).join("")));
    },
    async cancel() {
      await chunks.return();
    },
  });
}
