import { inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../db/client.ts";
import { readRows } from "../db/rows.ts";
import { audit_log } from "../db/schema/index.ts";
import type { Transact, Tx } from "../db/transaction.ts";
import { sha256Hex } from "../platform/bytes.ts";
import type { Ctx } from "../platform/ctx.ts";
import { factsWithoutAddresses } from "./host-only.ts";
import { recordAudit } from "./record-audit.ts";
import { REDACTED } from "./redactions.ts";

/** Rows that are looked at together, and of them those that are redacted in one transaction with the row that tells it. */
const CHUNK = 500;

const Facts = z.record(z.string(), z.unknown()).nullable();
const Row = z.object({ seq: z.coerce.number(), before: Facts, after: Facts });
type Row = z.infer<typeof Row>;

const textOf = (facts: Row["before"]) => (facts === null ? null : JSON.stringify(facts));
const redactedOf = (facts: Row["before"]) => textOf(facts === null ? null : factsWithoutAddresses(facts));
const isChanged = ({ before, after }: Row) =>
  textOf(before) !== redactedOf(before) || textOf(after) !== redactedOf(after);

async function write(tx: Tx, rows: readonly Row[]): Promise<void> {
  // Nobody else writes meanwhile, and no other change gets by while the trigger is off.
  await tx.execute(sql`alter table audit_log disable trigger audit_log_keep`);
  for (const { seq, before, after } of rows)
    await tx.execute(
      sql`update audit_log set before = ${redactedOf(before)}::jsonb, after = ${redactedOf(after)}::jsonb where seq = ${seq}`,
    );
  await tx.execute(sql`alter table audit_log enable trigger audit_log_keep`);
}

async function tell(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "client" | "now" | "trace">,
  seqs: number[],
): Promise<void> {
  const contents = await readRows(
    tx,
    sql`select seq, audit_content(audit_log) as content from audit_log where ${inArray(audit_log.seq, seqs)} order by seq`,
    z.object({ seq: z.coerce.number(), content: z.string() }),
  );
  const rows = await Promise.all(
    contents.map(async ({ seq, content }) => ({ seq, content_hash: await sha256Hex(content) })),
  );
  await recordAudit(tx, ctx, {
    action: REDACTED,
    target: { type: "audit_log", id: null },
    after: { what: "addresses, of which the host is left", rows },
  });
}

/**
 * Takes out of the rows that are written already what `recordAudit` leaves out today: all of an address but its host. The
 * rows keep their hashes, so the chain and every head that was kept hold; a row at the end tells which were redacted and
 * vouches for what is left. Needs the owner of the table, whose trigger refuses changes otherwise.
 * @returns how many rows were redacted; none where it was done before.
 */
export async function redactLog(
  db: Db,
  transact: Transact,
  ctx: Pick<Ctx, "actor" | "client" | "now" | "trace">,
): Promise<number> {
  let [count, after] = [0, 0];
  for (;;) {
    const rows = await readRows(
      db,
      sql`select seq, before, after from audit_log
          where seq > ${after} and (before::text like '%://%' or after::text like '%://%')
          order by seq limit ${CHUNK}`,
      Row,
    );
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = last.seq;
    const changed = rows.filter(isChanged);
    if (changed.length === 0) continue;
    await transact(async (tx) => {
      await write(tx, changed);
      await tell(
        tx,
        ctx,
        changed.map(({ seq }) => seq),
      );
    });
    count += changed.length;
  }
}
