import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../db/client.ts";
import { readRows } from "../db/rows.ts";
import { sha256Hex } from "../platform/bytes.ts";
import { REDACTED, readRedactions } from "./redactions.ts";

/** Rows that are read at once. */
const CHUNK = 1000;
const BEFORE_THE_FIRST = "0".repeat(64);

/** A row's number and hash: who has kept one can tell whether the log still is what it was up to there. */
export interface AuditHead {
  seq: number;
  hash: string;
}

/**
 * What is wrong with a log.
 * - `changed`: the row is not what its hash was made of.
 * - `missing`: there is no row of this number, but later ones.
 * - `unchained`: the row is not chained to the one before it.
 * - `cut_off`: the log ends before this number, which it had once.
 * - `rewritten`: the row has another hash than it had once.
 */
export const ChainFlaw = z.enum(["changed", "missing", "unchained", "cut_off", "rewritten"]);
export type ChainFlaw = z.infer<typeof ChainFlaw>;

export interface AuditVerdict {
  ok: boolean;
  /** How many rows are as they were written, from the first on without a gap. */
  rows: number;
  /** Of them, those whose addresses were taken out later, as a row of the log itself tells. */
  redacted: number;
  /** The last of them; number 0 and zeros for an empty log. */
  head: AuditHead;
  /** The first thing that is wrong. */
  broken: { seq: number; reason: ChainFlaw } | null;
}

const ChainRow = z.object({
  seq: z.coerce.number(),
  prev_hash: z.string(),
  hash: z.string(),
  content: z.string(),
  action: z.string(),
});

async function readChunk(db: Db, after: number) {
  const rows = await readRows(
    db,
    sql`select seq, prev_hash, hash, audit_content(audit_log) as content, action from audit_log
        where seq > ${after}::bigint order by seq limit ${CHUNK}`,
    ChainRow,
  );
  return Promise.all(
    rows.map(async (row) => ({ ...row, made: await sha256Hex(`${row.prev_hash}\n${row.content}`) })),
  );
}

type Checked = Awaited<ReturnType<typeof readChunk>>[number];

function flawOf(
  row: Checked,
  before: AuditHead,
  { expected, isRedacted }: { expected: AuditHead | undefined; isRedacted: boolean },
): ChainFlaw | null {
  if (row.seq !== before.seq + 1) return "missing";
  if (row.made !== row.hash && !isRedacted) return "changed";
  if (row.prev_hash !== before.hash) return "unchained";
  return expected?.seq === row.seq && expected.hash !== row.hash ? "rewritten" : null;
}

/** Whether the row is not what was written, but what a later row says was left of it. No such row can vouch for another. */
async function wasRedacted(row: Checked, redactions: Map<number, Set<string>>): Promise<boolean> {
  if (row.made === row.hash || row.action === REDACTED) return false;
  return redactions.get(row.seq)?.has(await sha256Hex(row.content)) ?? false;
}

/**
 * Walks the whole log and makes every hash anew from the row's content, so that the database is not asked to judge
 * itself. The chain alone cannot tell that its end was cut off or that all of it was written anew: a head that was
 * kept elsewhere can. Of a row that was redacted the hash stands, and a later row vouches for what is left of it.
 */
export async function verifyChain(db: Db, expected?: AuditHead): Promise<AuditVerdict> {
  const redactions = await readRedactions(db);
  let head: AuditHead = { seq: 0, hash: BEFORE_THE_FIRST };
  let redacted = 0;
  const verdict = (reason: ChainFlaw | null): AuditVerdict => ({
    ok: reason === null,
    rows: head.seq,
    redacted,
    head,
    broken: reason === null ? null : { seq: head.seq + 1, reason },
  });
  for (;;) {
    const rows = await readChunk(db, head.seq);
    for (const row of rows) {
      const isRedacted = await wasRedacted(row, redactions);
      const flaw = flawOf(row, head, { expected, isRedacted });
      if (flaw !== null) return verdict(flaw);
      if (isRedacted) redacted += 1;
      head = { seq: row.seq, hash: row.hash };
    }
    if (rows.length < CHUNK) break;
  }
  return verdict(expected !== undefined && expected.seq > head.seq ? "cut_off" : null);
}
