import { sql } from "drizzle-orm";
import { z } from "zod";
import { WebhookFilter } from "../contracts/webhooks.ts";
import { TimeColumn } from "../db/instant.ts";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import { STANDING, Standing, whyWithheld } from "./standing.ts";
import { withholdDue } from "./withhold.ts";

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
  standing: Standing,
});
/** Where to send, with what is secret in it still sealed. */
export type Endpoint = z.infer<typeof EndpointRow>;

const DeliveryRow = z.object({
  id: z.string(),
  message_id: z.string(),
  cause: z.enum(["event", "test", "resend", "replay"]),
  /** Made so far. */
  attempts: z.number(),
  /** Of the cause; `ordered` endpoints get one message of each at a time. */
  collection: z.string(),
  /** When it fell due. */
  next_attempt_at: Time,
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
  /** Settled instead, since the endpoint may not be sent them now. */
  withheld: number;
}

export interface ClaimRequest {
  limit: number;
  now: number;
  leased_until: number;
  /**
   * Takes what is leased too, but for these: what a former life of the asker had taken, or a claim of which the answer
   * was lost. `null`: leases stand.
   */
  inherit: string[] | null;
}

/** In the order of their causes. */
const CAUSE = (row: string) => sql.raw(`(${row}.created_at, ${row}.position, ${row}.id)`);

const columnsOf = (row: string) => ({
  id: sql.raw(`${row}.id`),
  next_attempt_at: sql.raw(`${row}.next_attempt_at`),
  leased_until: sql.raw(`${row}.leased_until`),
});

const Row = EndpointRow.extend({
  next_due: Time.nullable(),
  /** `null` where none is due. */
  delivery: DeliveryRow.nullable(),
});

/**
 * Takes deliveries of an endpoint that are due, the longest due first, for whoever asks and nobody else. With `ordered`
 * they come in the order of their causes: each is to be sent once those before it in its collection are settled. What its owner
 * may not be sent now, or the key that made it, is settled as withheld with everything else that is due and of its kind.
 */
export async function claimDeliveries(db: Reader, webhook_id: string, request: ClaimRequest): Promise<Claim> {
  const claim = await takeDue(db, webhook_id, request);
  const { endpoint, deliveries } = claim;
  if (endpoint === null) return claim;
  const { now } = request;
  const may = deliveries.filter((delivery) => whyWithheld(endpoint.standing, delivery, now) === null);
  if (may.length === deliveries.length) return claim;
  const mine = deliveries.filter((delivery) => !may.includes(delivery));
  const withheld = await withholdDue(db, webhook_id, { standing: endpoint.standing, mine, now });
  return { ...claim, deliveries: may, withheld };
}

async function takeDue(
  db: Reader,
  webhook_id: string,
  { limit, now, leased_until, inherit }: ClaimRequest,
): Promise<Claim> {
  const at = isoTime(now);
  const mine = JSON.stringify(inherit ?? []);
  const isDue = (row: string) => {
    const { next_attempt_at, leased_until, id } = columnsOf(row);
    return sql`(${next_attempt_at} <= ${at}::timestamptz and (${leased_until} is null
      or ${leased_until} <= ${at}::timestamptz or (${inherit !== null}::boolean
        and ${id} not in (select json_array_elements_text(${mine}::json)))))`;
  };
  const rows = await readRows(
    db,
    sql`
      with w as materialized (select * from webhooks where id = ${webhook_id}),
      -- With order: what holds up those behind it in its collection, since it is not due yet or somebody has it.
      blocks as materialized (
        select distinct on (e.collection) e.collection, e.created_at, e.position, e.id
        from w join deliveries e on e.webhook_id = w.id and e.status = 'pending' and e.cause <> 'test'
        where w.ordered and not ${isDue("e")}
        order by e.collection, e.created_at, e.position, e.id
      ),
      candidates as materialized (
        select d.id, d.collection, d.cause, row_number() over (order by case when w.ordered then d.created_at end,
            case when w.ordered then d.position end, d.leased_until is null, d.next_attempt_at, d.created_at,
            d.position, d.id) as place
        from w join deliveries d on d.webhook_id = w.id and d.status = 'pending'
          left join blocks b on b.collection = d.collection and d.cause <> 'test' and ${CAUSE("b")} < ${CAUSE("d")}
        where (d.cause = 'test' or w.status = 'active') and b.id is null and ${isDue("d")}
        order by place limit ${limit}::int
      ),
      due as materialized (
        select d.id, c.collection, c.cause, c.place from candidates c join deliveries d on d.id = c.id
        where d.status = 'pending' and ${isDue("d")} for update of d skip locked
      ),
      taken as (
        update deliveries d set leased_until = ${isoTime(leased_until)}::timestamptz from due, w
        where d.id = due.id and (not w.ordered or due.cause = 'test' or not exists (
          select from candidates c where c.collection = due.collection and c.cause <> 'test' and c.place < due.place
            and c.id not in (select id from due)))
        returning d.*, due.place
      ),
      heads as materialized (
        select distinct on (e.collection) e.id from w
        join deliveries e on e.webhook_id = w.id and e.status = 'pending' and e.cause <> 'test'
        where w.ordered order by e.collection, e.created_at, e.position, e.id
      ),
      next as (
        select min(d.next_attempt_at) as at from w join deliveries d on d.webhook_id = w.id and d.status = 'pending'
        where (d.leased_until is null or d.leased_until <= ${at}::timestamptz) and d.id not in (select id from due)
          and (d.cause = 'test' or w.status = 'active' and (not w.ordered or d.id in (select id from heads)))
      )
      select w.id, w.url, w.filter, w.headers, w.secret, w.previous_secret, w.previous_secret_until, w.ordered,
        ${STANDING} as standing, (select at from next) as next_due,
        case when t.id is not null then jsonb_build_object('id', t.id, 'message_id', t.message_id, 'cause', t.cause,
          'attempts', t.attempts, 'collection', t.collection, 'next_attempt_at', t.next_attempt_at::text,
          'type', m.type, 'occurred_at', m.occurred_at::text, 'expires_at', m.expires_at::text,
          'data', m.data::text) end as delivery
      from w left join (taken t join messages m on m.id = t.message_id) on true
      order by t.place`,
    Row,
  );
  const [first] = rows;
  return {
    endpoint: first ?? null,
    deliveries: rows.flatMap(({ delivery }) => (delivery === null ? [] : [{ ...delivery, leased_until }])),
    next_due: first?.next_due ?? null,
    withheld: 0,
  };
}
