import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../../db/rows.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import { MovedError } from "./changes.ts";

/** A row of `alert_states` to be written; `revision` as it was read, `null` where there was none. */
export interface StateWrite {
  rule_id: string;
  fingerprint: string;
  labels: Record<string, string>;
  /** `null`: nothing needs to be remembered any more. */
  state: object | null;
  alert_id: string | null;
  due_at: number | null;
  revision: number | null;
}

const Count = z.object({ n: z.number() });
/** So many in a statement: each is about a kilobyte of JSON. */
const AT_ONCE = 2000;

/**
 * Writes what rules remember, if all of it is still as it was read.
 * @throws MovedError otherwise; the transaction must not be committed then.
 */
export async function writeStates(
  tx: Pick<Tx, "execute">,
  engine: string,
  writes: readonly StateWrite[],
  now: number,
): Promise<void> {
  for (let first = 0; first < writes.length; first += AT_ONCE)
    await writeChunk(tx, engine, writes.slice(first, first + AT_ONCE), isoTime(now));
}

async function writeChunk(
  tx: Pick<Tx, "execute">,
  engine: string,
  writes: readonly StateWrite[],
  at: string,
): Promise<void> {
  const rows = JSON.stringify(
    writes.map(({ due_at, ...write }) => ({ ...write, due_at: due_at === null ? null : isoTime(due_at) })),
  );
  const [written] = await readRows(
    tx,
    sql`
      with input as materialized (
        select * from json_to_recordset(${rows}::json) as i(rule_id text, fingerprint text, labels jsonb, state jsonb,
          alert_id text, due_at timestamptz, revision int)
      ),
      made as (
        insert into alert_states (rule_id, fingerprint, labels, state, alert_id, engine, due_at, revision, updated_at)
        select rule_id, fingerprint, labels, state, alert_id, ${engine}, due_at, 1, ${at}::timestamptz
        from input where revision is null and state is not null
        on conflict do nothing
        returning 1
      ),
      changed as (
        update alert_states s set state = i.state, alert_id = i.alert_id, engine = ${engine}, due_at = i.due_at,
          revision = s.revision + 1, updated_at = ${at}::timestamptz
        from input i
        where s.rule_id = i.rule_id and s.fingerprint = i.fingerprint and s.revision = i.revision
          and i.state is not null
        returning 1
      ),
      forgotten as (
        delete from alert_states s using input i
        where s.rule_id = i.rule_id and s.fingerprint = i.fingerprint and s.revision = i.revision
          and i.state is null
        returning 1
      )
      select ((select count(*) from made) + (select count(*) from changed) + (select count(*) from forgotten))::int as n`,
    Count,
  );
  if (written?.n !== writes.length) throw new MovedError("a rule's state");
}
