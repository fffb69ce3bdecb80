import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../db/rows.ts";

/** The action of rows that tell of others which were redacted. */
export const REDACTED = "audit.redacted";

/** What such a row says of each: its number, and the hash of its content as it is since. */
export const RedactedRows = z.object({
  rows: z.array(z.object({ seq: z.number(), content_hash: z.string() })),
});

const Row = z.object({ seq: z.coerce.number(), after: RedactedRows });

/** Of each row that was redacted, the contents that later rows of the chain vouch for. */
export async function readRedactions(db: Reader): Promise<Map<number, Set<string>>> {
  const told = await readRows(
    db,
    sql`select seq, after from audit_log where action = ${REDACTED} order by seq`,
    Row,
  );
  const known = new Map<number, Set<string>>();
  for (const { seq: teller, after } of told)
    for (const { seq, content_hash } of after.rows) {
      if (seq >= teller) continue;
      const contents = known.get(seq) ?? new Set();
      known.set(seq, contents.add(content_hash));
    }
  return known;
}
