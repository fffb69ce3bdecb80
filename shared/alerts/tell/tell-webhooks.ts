import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../../db/rows.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { recordMessage } from "../../webhooks/record-message.ts";
import type { AlertRow } from "../alert-row.ts";
import { alertMessage } from "./alert-message.ts";

/** An alert that came to a state. */
export interface Happened {
  alert: AlertRow;
  state: "active" | "acknowledged" | "resolved";
  /** ISO 8601; by default, when it fired. */
  at?: string;
}

/** Whose endpoints ask for alerts at all, so that the alerts of the others cost no statement each. */
async function readTakers(db: Reader, user_ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await readRows(
    db,
    sql`select distinct user_id from webhook_topics where user_id = any(${sql.param([...new Set(user_ids)])}::text[])
      and event_type in ('alert.*', 'alert.fired', 'alert.acknowledged', 'alert.resolved')`,
    z.object({ user_id: z.string() }),
  );
  return new Set(rows.map(({ user_id }) => user_id));
}

/**
 * Writes what webhooks are told of alerts, in the transaction that changes them; the same again adds nothing.
 * @returns the endpoints that have something due.
 */
export async function tellWebhooks(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  happened: readonly Happened[],
): Promise<string[]> {
  if (happened.length === 0) return [];
  const takers = await readTakers(
    tx,
    happened.map(({ alert }) => alert.user_id),
  );
  const webhooks = new Set<string>();
  for (const { alert, ...told } of happened) {
    if (!takers.has(alert.user_id)) continue;
    const message = alertMessage(alert, { ...told, now: ctx.now() });
    for (const id of await recordMessage(tx, ctx, message)) webhooks.add(id);
  }
  return [...webhooks];
}
