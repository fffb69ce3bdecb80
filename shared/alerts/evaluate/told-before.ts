import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import { fingerprintOf } from "../catalogue.ts";
import type { Source, SourceRound } from "../sources/source.ts";
import { instanceKey, replayedFrom } from "./plan-groups.ts";

const Row = z.object({ rule_id: z.string(), fingerprint: z.string() });

/**
 * What fired before already and had not ended by the instant to which a replay takes the clock back. A replay that paused
 * for longer than its clock waits has been evaluated up to now, and what it had raised may have ended meanwhile: the same
 * stretch of the same history must not be told a second time.
 */
export async function toldBefore(
  db: Db,
  { source, round, rule_ids }: { source: Pick<Source, "labels">; round: SourceRound; rule_ids: string[] },
): Promise<ReadonlySet<string>> {
  const from = replayedFrom(round);
  if (from === null || from >= round.clock) return new Set();
  const at = sql`${isoTime(from)}::timestamptz`;
  const fingerprint = source.labels === null ? null : await fingerprintOf(source.labels);
  const rows = await readRows(
    db,
    sql`select distinct rule_id, fingerprint from alerts
      where rule_id in (select json_array_elements_text(${JSON.stringify(rule_ids)}::json))
        and (${fingerprint}::text is null or fingerprint = ${fingerprint})
        and fired_at is not null and started_at <= ${at} and resolved_at > ${at}`,
    Row,
  );
  return new Set(rows.map((row) => instanceKey(row.rule_id, row.fingerprint)));
}
