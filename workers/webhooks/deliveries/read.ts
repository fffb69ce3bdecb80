import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { checkSubjects } from "../endpoints/check-subjects.ts";
import { findWebhook } from "../endpoints/webhook-row.ts";
import {
  type DeliveriesQuery,
  Delivery,
  DeliveryAttempt,
  type DeliveryDetail,
  type DeliveryPage,
} from "./schema.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

const Time = TimeColumn.nullable();
const DeliveryRow = Delivery.extend({
  last_attempt: Delivery.shape.last_attempt.unwrap().extend({ at: TimeColumn }).nullable(),
  next_attempt_at: Time,
  occurred_at: TimeColumn,
  expires_at: Time,
  created_at: TimeColumn,
  finished_at: Time,
});
const AttemptRow = DeliveryAttempt.extend({ at: TimeColumn });

const COLUMNS: SQL = sql`d.id, d.webhook_id, d.message_id, m.type as event_type, m.collection, d.cause, d.status,
  d.attempts, d.next_attempt_at, d.next_attempt_reason, m.occurred_at, m.expires_at, d.created_at, d.finished_at,
  (select json_build_object('at', a.at::text, 'duration_ms', a.duration_ms, 'response_status', a.response_status,
      'error', a.error, 'error_detail', a.error_detail)
    from delivery_attempts a where a.delivery_id = d.id order by a.attempt desc limit 1) as last_attempt`;

/** For deliveries that do not exist and for those of others alike. */
function noSuchDelivery(): AppError {
  return new AppError("not_found", "You have no such delivery; they are kept for a limited time.");
}

/** Deliveries of one of one's webhooks, newest first. Throws `not_found`. */
export async function listDeliveries(
  ctx: Pick<Ctx, "db" | "actor">,
  webhook_id: string,
  asked: DeliveriesQuery,
): Promise<DeliveryPage> {
  await findWebhook(ctx, webhook_id);
  const { limit, cursor, status, event_type, from, to } = asked;
  const scope = ["deliveries", webhook_id, status, event_type, from, to];
  const after = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const holds: SQL[] = [
    sql`d.webhook_id = ${webhook_id}`,
    ...(status === undefined ? [] : [sql`d.status = ${status}`]),
    ...(event_type === undefined ? [] : [sql`m.type = ${event_type}`]),
    ...(from === undefined ? [] : [sql`d.created_at >= ${from}::timestamptz`]),
    ...(to === undefined ? [] : [sql`d.created_at < ${to}::timestamptz`]),
    ...(after === undefined ? [] : [sql`(d.created_at, d.id) < (${after[0]}::timestamptz, ${after[1]})`]),
  ];
  const rows = await readRows(
    ctx.db,
    sql`select ${COLUMNS} from deliveries d join messages m on m.id = d.message_id
      where ${sql.join(holds, sql` and `)} order by d.created_at desc, d.id desc limit ${limit + 1}::int`,
    DeliveryRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(scope, [last.created_at, last.id]) : null };
}

/**
 * A delivery with everything that was sent and answered.
 * @throws `not_found`, `forbidden` for who may not read what it is about.
 */
export async function readDelivery(ctx: Pick<Ctx, "db" | "actor">, id: string): Promise<DeliveryDetail> {
  const [row] = await readRows(
    ctx.db,
    sql`select ${COLUMNS}, m.data from deliveries d join messages m on m.id = d.message_id
      join webhooks w on w.id = d.webhook_id where d.id = ${id} and w.user_id = ${ownerOf(ctx)}`,
    DeliveryRow.extend({ data: z.record(z.string(), z.unknown()) }),
  );
  if (row === undefined) throw noSuchDelivery();
  checkSubjects(ctx, [row.event_type]);
  const attempt_log = await readRows(
    ctx.db,
    sql`select attempt, at, duration_ms, url, request_headers, request_body, response_status, response_headers,
        response_body, error, error_detail, trace_id
      from delivery_attempts where delivery_id = ${id} order by attempt`,
    AttemptRow,
  );
  return { ...row, attempt_log };
}
