import { sql } from "drizzle-orm";
import { z } from "zod";
import type { WebhookFilter } from "../../shared/contracts/webhooks.ts";
import type { Db } from "../../shared/db/client.ts";
import { readRows } from "../../shared/db/rows.ts";
import { users, webhook_topics, webhooks } from "../../shared/db/schema/index.ts";
import type { Seal } from "../../shared/platform/seal.ts";
import { headersPurpose, newWebhookSecret, secretPurpose } from "../../shared/webhooks/secrets.ts";

const LONG_AGO = "2000-01-01T00:00:00.000Z";
let made = 0;

/** An active account that never logs in. */
export async function insertUser(db: Db): Promise<string> {
  made += 1;
  const id = `usr_hooks_${process.pid}_${made}`;
  await db.insert(users).values({
    id,
    email: `${id}@example.org`,
    email_key: `${id}@example.org`,
    role: "trader",
    status: "active",
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
  });
  return id;
}

interface NewEndpoint {
  user_id: string;
  url: string;
  topics?: { event_type: string; collection: string; min_price?: string; since?: string }[];
  filter?: WebhookFilter;
  headers?: Record<string, string>;
  ordered?: boolean;
  secret?: string;
  previous_secret?: string;
  previous_secret_until?: string;
}

/** An endpoint as the API would make it. By default it wants sales of every collection. */
export async function insertWebhook(
  db: Db,
  seal: Seal,
  given: NewEndpoint,
): Promise<{ id: string; secret: string }> {
  made += 1;
  const id = `ep_hook_${process.pid}_${made}`;
  const { user_id, url, filter, ordered, secret = newWebhookSecret(), previous_secret } = given;
  await db.insert(webhooks).values({
    id,
    user_id,
    url,
    event_types: ["market.*"],
    filter: filter ?? null,
    headers: given.headers ? await seal.seal(headersPurpose(id), JSON.stringify(given.headers)) : null,
    secret: await seal.seal(secretPurpose(id), secret),
    previous_secret: previous_secret ? await seal.seal(secretPurpose(id), previous_secret) : null,
    previous_secret_until: given.previous_secret_until ?? null,
    ordered: ordered ?? false,
    status: "active",
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
  });
  const topics = given.topics ?? [{ event_type: "market.sale", collection: "*" }];
  if (topics.length > 0)
    await db
      .insert(webhook_topics)
      .values(topics.map((topic) => ({ since: LONG_AGO, ...topic, webhook_id: id, user_id })));
  return { id, secret };
}

const DeliveryRow = z.object({
  id: z.string(),
  webhook_id: z.string(),
  message_id: z.string(),
  type: z.string(),
  status: z.string(),
  attempts: z.number(),
  reason: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  wait_s: z.coerce.number().nullable(),
});

/** Every delivery, by when and where in its collection it arose; `wait_s` from its making to the next attempt. */
export async function readDeliveries(db: Db, webhook_id?: string) {
  return readRows(
    db,
    sql`select d.id, d.webhook_id, d.message_id, m.type, d.status, d.attempts, d.next_attempt_reason as reason, m.data,
        extract(epoch from d.next_attempt_at - d.created_at) as wait_s
      from deliveries d join messages m on m.id = d.message_id
      where ${webhook_id ?? null}::text is null or d.webhook_id = ${webhook_id ?? ""}
      order by d.created_at, d.position, m.type, d.webhook_id`,
    DeliveryRow,
  );
}

const AttemptRow = z.object({
  webhook_id: z.string(),
  attempt: z.number(),
  error: z.string().nullable(),
  error_detail: z.string().nullable(),
  response_status: z.number().nullable(),
  response_body: z.string().nullable(),
  request_headers: z.record(z.string(), z.string()),
  request_body: z.string(),
  duration_ms: z.number(),
  trace_id: z.string(),
});

/** Every attempt at an endpoint, in order. */
export async function readAttempts(db: Db, webhook_id: string) {
  return readRows(
    db,
    sql`select d.webhook_id, a.attempt, a.error, a.error_detail, a.response_status, a.response_body, a.request_headers,
        a.request_body, a.duration_ms, a.trace_id
      from delivery_attempts a join deliveries d on d.id = a.delivery_id
      where d.webhook_id = ${webhook_id} order by a.at, a.attempt`,
    AttemptRow,
  );
}
