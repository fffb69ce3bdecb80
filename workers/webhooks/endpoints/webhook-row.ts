import { and, eq } from "drizzle-orm";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { readFilter } from "../../../shared/webhooks/topics.ts";
import { maskHeaders, openHeaders } from "./custom-headers.ts";
import type { Webhook } from "./schema.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

const time = (column: string | null) => (column === null ? null : isoOfTimestamp(column));

/** For webhooks that do not exist and for those of others alike. */
export function noSuchWebhook(): AppError {
  return new AppError("not_found", "You have no such webhook.");
}

/** A webhook as its owner sees it: without its secret and without the values of its headers. */
export async function showWebhook(ctx: Pick<Ctx, "seal" | "now">, row: WebhookRow): Promise<Webhook> {
  const until = time(row.previous_secret_until);
  return {
    id: row.id,
    api_key_id: row.api_key_id,
    url: row.url,
    description: row.description,
    event_types: row.event_types,
    collections: row.collections,
    filter: readFilter(row.filter),
    headers: maskHeaders(await openHeaders(ctx.seal, row.id, row.headers)),
    ordered: row.ordered,
    status: row.status,
    disabled_reason: row.disabled_reason,
    disabled_at: time(row.disabled_at),
    failed_in_a_row: row.failed_in_a_row,
    last_success_at: time(row.last_success_at),
    last_failure_at: time(row.last_failure_at),
    previous_secret_until: until !== null && Date.parse(until) > ctx.now() ? until : null,
    revision: row.revision,
    created_at: isoOfTimestamp(row.created_at),
    updated_at: isoOfTimestamp(row.updated_at),
  };
}

/** What the audit log tells of a webhook: nothing secret. */
export function auditedOf(row: WebhookRow): Record<string, unknown> {
  const { url, api_key_id, description, event_types, collections, ordered } = row;
  return { url, api_key_id, description, event_types, collections, filter: readFilter(row.filter), ordered };
}

const mine = (ctx: Pick<Ctx, "actor">, id: string) =>
  and(eq(webhooks.id, id), eq(webhooks.user_id, ownerOf(ctx)));

/** @throws `not_found` */
export async function findWebhook(ctx: Pick<Ctx, "db" | "actor">, id: string): Promise<WebhookRow> {
  const [row] = await ctx.db.select().from(webhooks).where(mine(ctx, id));
  if (row === undefined) throw noSuchWebhook();
  return row;
}

/**
 * One's webhook, which nobody else changes until the commit; messages go on being recorded for it.
 * @throws `not_found`
 */
export async function lockWebhook(tx: Tx, ctx: Pick<Ctx, "actor">, id: string): Promise<WebhookRow> {
  const [row] = await tx.select().from(webhooks).where(mine(ctx, id)).for("no key update");
  if (row === undefined) throw noSuchWebhook();
  return row;
}

/** The row of an update or insert, which cannot be missing. */
export function theRow(rows: WebhookRow[]): WebhookRow {
  const [row] = rows;
  if (row === undefined) throw noSuchWebhook();
  return row;
}
