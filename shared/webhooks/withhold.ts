import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import { type Standing, whyWithheld, withheldSubjects } from "./standing.ts";

/** Settled by one statement; the rest by the next. */
const MOST_AT_ONCE = 5000;

/**
 * Settles as `withheld` whatever is due to an endpoint and may not be sent to it, thousands by one statement: `mine`,
 * which the caller has leased, and whatever nobody holds. It is not sent later either, when the permission is back.
 * @returns how many.
 */
export async function withholdDue(
  db: Reader,
  webhook_id: string,
  { standing, mine, now }: { standing: Standing; mine: readonly { id: string }[]; now: number },
): Promise<number> {
  const at = isoTime(now);
  const reasons = JSON.stringify(withheldSubjects(standing, now));
  const tests = whyWithheld(standing, { type: "webhook.test", cause: "test" }, now);
  const held = JSON.stringify(mine.map(({ id }) => id));
  const rows = await readRows(
    db,
    sql`
      with due as materialized (
        select d.id, case when d.cause = 'test' then ${tests}::text else r.reason end as reason
        from deliveries d join messages m on m.id = d.message_id
          left join json_to_recordset(${reasons}::json) as r(subject text, reason text)
            on r.subject = split_part(m.type, '.', 1)
        where d.webhook_id = ${webhook_id} and d.status = 'pending' and d.next_attempt_at <= ${at}::timestamptz
          and (d.leased_until is null or d.leased_until <= ${at}::timestamptz
            or d.id in (select json_array_elements_text(${held}::json)))
          and case when d.cause = 'test' then ${tests}::text else r.reason end is not null
        order by d.leased_until is null limit ${MOST_AT_ONCE}::int for update of d skip locked
      )
      update deliveries d set status = 'withheld', next_attempt_at = null, leased_until = null,
        next_attempt_reason = due.reason, finished_at = ${at}::timestamptz
      from due where d.id = due.id returning d.id`,
    z.object({ id: z.string() }),
  );
  return rows.length;
}
