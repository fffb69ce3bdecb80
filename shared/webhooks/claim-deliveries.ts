import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { WebhookFilter } from "../contracts/webhooks.ts";
import type { Db } from "../db/client.ts";
import { TimeColumn } from "../db/instant.ts";
import { isoTime } from "../platform/clock.ts";

const Time = TimeColumn.transform(Date.parse);

const EndpointRow = z.object({
  id: z.string(),
  url: z.string(),
  filter: WebhookFilter.nullable().catch(null),
  headers: z.string().nullable(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
  previous_secret_until: Time.nullable(),
  ordered: z.boolean(),
});
/** Where to send, with what is secret in it still sealed. */
export type Endpoint = z.infer<typeof EndpointRow>;

const DeliveryRow = z.object({
  id: z.string(),
  message_id: z.string(),
  cause: z.enum(["event", "test", "resend", "replay"]),
  /** Made so far. */
  attempts: z.number(),
  type: z.string(),
  occurred_at: TimeColumn,
  expires_at: Time.nullable(),
  /** JSON as the database writes it, the same each time. */
  data: z.string(),
});

/** A delivery that is ours until `leased_until` (ms since 1970), which is also how we name it when we settle it. */
export type ClaimedDelivery = z.infer<typeof DeliveryRow> & { leased_until: number };

export interface Claim {
  /** `null` where it was deleted. */
  endpoint: Endpoint | null;
  deliveries: ClaimedDelivery[];
  /** When the next one that nobody has is due; may be past. `null`: none waits. */
  next_due: number | null;
}

export interface ClaimRequest {
  limit: number;
  now: number;
  leased_until: number;
  /** Takes what a former sender of this endpoint left behind, which exists no more. */
  inherit: boolean;
}

/**
 * Pending deliveries `d` of the endpoint `w` that may be sent. With `ordered` only the first of each collection: a
 * later one waits until that is settled. A test waits for nobody, and goes to disabled endpoints too.
 */
const MAY_BE_SENT: SQL = sql`d.webhook_id = w.id and d.status = 'pending' and (d.cause = 'test' or w.status = 'active'
  and (not w.ordered or not exists (select from deliveries e where e.webhook_id = d.webhook_id
    and e.collection = d.collection and e.status = 'pending' and e.cause <> 'test'
    and (e.created_at, e.position, e.id) < (d.created_at, d.position, d.id))))`;

const Answer = z.tuple([
  z.object({ rows: z.array(DeliveryRow) }),
  z.object({ rows: z.array(EndpointRow) }),
  z.object({ rows: z.array(z.object({ next_attempt_at: Time })) }),
]);

/** Takes deliveries of an endpoint that are due, the longest due first, for whoever asks and nobody else. */
export async function claimDeliveries(
  db: Db,
  webhook_id: string,
  { limit, now, leased_until, inherit }: ClaimRequest,
): Promise<Claim> {
  const at = isoTime(now);
  const free = sql`(d.leased_until is null or d.leased_until <= ${at}::timestamptz or ${inherit}::boolean)`;
  const claim = sql`
    with due as materialized (
      select d.id from deliveries d cross join webhooks w
      where w.id = ${webhook_id} and ${MAY_BE_SENT} and d.next_attempt_at <= ${at}::timestamptz and ${free}
      order by d.leased_until is null, d.next_attempt_at, d.created_at, d.position, d.id
      limit ${limit}::int for update of d skip locked
    ),
    taken as (
      update deliveries d set leased_until = ${isoTime(leased_until)}::timestamptz from due where d.id = due.id
      returning d.*
    )
    select t.id, t.message_id, t.cause, t.attempts, m.type, m.occurred_at, m.expires_at, m.data::text as data
    from taken t join messages m on m.id = t.message_id
    order by t.next_attempt_at, t.created_at, t.position, t.id`;
  const endpoint = sql`
    select id, url, filter, headers, secret, previous_secret, previous_secret_until, ordered
    from webhooks where id = ${webhook_id}`;
  const next = sql`
    select d.next_attempt_at from deliveries d cross join webhooks w
    where w.id = ${webhook_id} and ${MAY_BE_SENT}
      and (d.leased_until is null or d.leased_until <= ${at}::timestamptz)
    order by d.next_attempt_at limit 1`;
  const answers = await db.batch([db.execute(claim), db.execute(endpoint), db.execute(next)]);
  const [claimed, endpoints, dues] = Answer.parse(answers);
  return {
    endpoint: endpoints.rows[0] ?? null,
    deliveries: claimed.rows.map((row) => ({ ...row, leased_until })),
    next_due: dues.rows[0]?.next_attempt_at ?? null,
  };
}
