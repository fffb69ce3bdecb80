import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../db/rows.ts";
import { storableJson } from "../market/storable-json.ts";
import { isoTime } from "../platform/clock.ts";
import { failuresInARow, type Outcome } from "./outcome.ts";

const isoOrNull = (ms: number | null) => (ms === null ? null : isoTime(ms));

function rowOf({ delivery, status, attempts, next_attempt_at, next_attempt_reason, at, attempt }: Outcome) {
  return {
    delivery_id: delivery.id,
    lease: isoTime(delivery.leased_until),
    status,
    attempts,
    next_attempt_at: isoOrNull(next_attempt_at),
    next_attempt_reason,
    finished_at: status === "pending" ? null : isoTime(at),
    sent: attempt !== null,
    ...attempt,
    at: isoOrNull(attempt?.at ?? null),
  };
}

function latest(outcomes: readonly Outcome[], succeeded: boolean): string | null {
  const times = outcomes.flatMap(({ attempt }) =>
    attempt !== null && (attempt.error === null) === succeeded ? [attempt.at] : [],
  );
  return times.length === 0 ? null : isoTime(Math.max(...times));
}

/**
 * Settles deliveries and keeps what was sent and answered, in one statement. One that somebody else has taken
 * meanwhile, or that was cancelled, stays as it is.
 * @returns how many messages in a row have failed by now; `null` where the endpoint was deleted.
 */
export async function recordOutcomes(
  db: Reader,
  webhook_id: string,
  outcomes: readonly Outcome[],
): Promise<number | null> {
  const { reset, add } = failuresInARow(outcomes);
  const rows = await readRows(
    db,
    sql`
      with o as materialized (
        select * from json_to_recordset(${storableJson(outcomes.map(rowOf))}::json) as o(delivery_id text,
          lease timestamptz, status text, attempts int, next_attempt_at timestamptz, next_attempt_reason text,
          finished_at timestamptz, sent boolean, at timestamptz, duration_ms int, url text, request_headers jsonb,
          request_body text, response_status int, response_headers jsonb, response_body text, error text,
          error_detail text, trace_id text)
      ),
      settled as (
        update deliveries d set status = o.status, attempts = o.attempts, next_attempt_at = o.next_attempt_at,
          next_attempt_reason = o.next_attempt_reason, finished_at = o.finished_at, leased_until = null
        from o where d.id = o.delivery_id and d.status = 'pending' and d.leased_until = o.lease
        returning d.id
      ),
      kept as (
        insert into delivery_attempts (delivery_id, attempt, at, duration_ms, url, request_headers, request_body,
          response_status, response_headers, response_body, error, error_detail, trace_id)
        select o.delivery_id, o.attempts, o.at, o.duration_ms, o.url, o.request_headers, o.request_body,
          o.response_status, o.response_headers, o.response_body, o.error, o.error_detail, o.trace_id
        from o join settled on settled.id = o.delivery_id where o.sent
        on conflict do nothing
      )
      update webhooks set
        -- Where the answer to the same statement was lost before, nothing is settled, and nothing counts twice.
        failed_in_a_row = case when not exists (select from settled) then failed_in_a_row
          when ${reset}::boolean then ${add}::int else failed_in_a_row + ${add}::int end,
        last_success_at = greatest(last_success_at, ${latest(outcomes, true)}::timestamptz),
        last_failure_at = greatest(last_failure_at, ${latest(outcomes, false)}::timestamptz)
      where id = ${webhook_id}
      returning failed_in_a_row`,
    z.object({ failed_in_a_row: z.number() }),
  );
  return rows[0]?.failed_in_a_row ?? null;
}
