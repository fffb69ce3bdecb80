import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import type { Tx } from "../db/transaction.ts";
import { storableJson } from "../market/storable-json.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";

export interface NewMessage {
  /** Such as `alert.fired`. */
  type: string;
  /** Whose it is; `null`: everybody's. */
  user_id: string | null;
  /** Slug, where it is about one. */
  collection?: string | null;
  data: Record<string, unknown>;
  /** ISO 8601. */
  occurred_at: string;
  /** Worthless from then on. */
  expires_at?: string | null;
  /** Given where the same cause may come twice: the second adds nothing. */
  id?: string;
}

/** The type itself and the prefixes by which it can be asked for: `a.b.c` is `a.b.*` and `a.*` too. */
function namesOf(type: string): string[] {
  const parts = type.split(".");
  return [type, ...parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join(".")}.*`)];
}

/**
 * Writes a message into the outbox, in the transaction of its cause, with one delivery for each endpoint that wants
 * it; nothing where none does. Hand the answer to `wakeWebhooks` after the commit.
 * @returns the endpoints that have something due.
 */
export async function recordMessage(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  message: NewMessage,
): Promise<string[]> {
  const now = isoTime(ctx.now());
  const id = message.id ?? newId("msg", ctx.now());
  const collection = message.collection ?? null;
  const topics = JSON.stringify(namesOf(message.type));
  const rows = await readRows(
    tx,
    sql`
      with takers as materialized (
        select w.id as webhook_id from webhooks w where w.id in (select t.webhook_id from webhook_topics t
        where t.event_type in (select json_array_elements_text(${topics}::json))
          and t.collection in (${collection ?? ""}, '*')
          and (${message.user_id}::text is null or t.user_id = ${message.user_id})
          and t.since <= ${now}::timestamptz)
        -- An endpoint that is deleted at this moment must not fail its cause.
        for key share of w
      ),
      written as (
        insert into messages (id, type, user_id, collection, data, occurred_at, created_at, expires_at)
        select ${id}, ${message.type}, ${message.user_id}, ${collection}, ${storableJson(message.data)}::jsonb,
          ${message.occurred_at}::timestamptz, ${now}::timestamptz, ${message.expires_at ?? null}::timestamptz
        where exists (select from takers)
        on conflict (id) do nothing
        returning id
      ),
      made as (
        insert into deliveries (id, webhook_id, message_id, collection, cause, status, next_attempt_at,
        next_attempt_reason, created_at)
        select 'dlv_' || substr(encode(sha256(convert_to(t.webhook_id || '/' || w.id, 'UTF8')), 'hex'), 1, 32), t.webhook_id,
          w.id, ${collection ?? ""}, 'event', 'pending', ${now}::timestamptz, 'first attempt', ${now}::timestamptz
        from written w cross join takers t
        returning webhook_id
      )
      select webhook_id from made
      -- What was committed before with the same cause, whose answer was lost: nobody was woken for it.
      union select webhook_id from deliveries
        where ${message.id !== undefined}::boolean and message_id = ${id} and cause = 'event' and status = 'pending'`,
    z.object({ webhook_id: z.string() }),
  );
  return rows.map(({ webhook_id }) => webhook_id);
}
