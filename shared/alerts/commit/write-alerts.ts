import { getTableColumns, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../../db/rows.ts";
import { alert_transitions, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isUniqueViolation } from "../../db/unique.ts";
import { isoTime } from "../../platform/clock.ts";
import type { AlertRow } from "../alert-row.ts";
import type { RecordedTransition } from "../tell/record-transitions.ts";
import { MovedError } from "./changes.ts";

/** Rows in one statement: Postgres takes 65,535 parameters. */
const AT_ONCE = 1000;

/** Alerts that stand, locked, each with how many transitions it has. */
export async function lockAlerts(
  tx: Pick<Tx, "select" | "execute">,
  ids: readonly string[],
): Promise<Map<string, { row: AlertRow; transitions: number }>> {
  const found = new Map<string, { row: AlertRow; transitions: number }>();
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const chunk = ids.slice(first, first + AT_ONCE);
    const rows = await tx
      .select()
      .from(alerts)
      .where(inArray(alerts.id, chunk))
      .orderBy(alerts.id)
      .for("update");
    const counted = await readRows(
      tx,
      sql`select alert_id, max(number)::int as number from alert_transitions
        where alert_id in (select json_array_elements_text(${JSON.stringify(chunk)}::json)) group by alert_id`,
      z.object({ alert_id: z.string(), number: z.number() }),
    );
    const numbers = new Map(counted.map(({ alert_id, number }) => [alert_id, number]));
    for (const row of rows) found.set(row.id, { row, transitions: numbers.get(row.id) ?? 0 });
  }
  return found;
}

const { id: _id, escalated_at: _escalated, created_at: _created, ...CHANGING } = getTableColumns(alerts);
/** Every column that an evaluation may change, as the new row has it. */
const AS_GIVEN = Object.fromEntries(
  Object.entries(CHANGING).map(([key, { name }]) => [key, sql.raw(`excluded.${name}`)]),
);

/**
 * Writes alerts that are new or were locked before.
 * @throws MovedError where another alert stands already for the same rule and series.
 */
export async function writeAlerts(tx: Pick<Tx, "insert">, rows: readonly AlertRow[]): Promise<void> {
  try {
    for (let first = 0; first < rows.length; first += AT_ONCE)
      await tx
        .insert(alerts)
        .values(rows.slice(first, first + AT_ONCE))
        .onConflictDoUpdate({ target: alerts.id, set: AS_GIVEN });
  } catch (error) {
    if (isUniqueViolation(error)) throw new MovedError("an alert that stands");
    throw error;
  }
}

/** Writes transitions as they were carried into their alerts. */
export async function writeTransitions(
  tx: Pick<Tx, "insert">,
  items: readonly RecordedTransition[],
  now: number,
): Promise<void> {
  const recorded_at = isoTime(now);
  const rows = items.map(({ alert, transition: { from, to, ...rest } }) => ({
    ...{ alert_id: alert.id, from_state: from, to_state: to, recorded_at },
    ...rest,
  }));
  for (let first = 0; first < rows.length; first += AT_ONCE)
    await tx.insert(alert_transitions).values(rows.slice(first, first + AT_ONCE));
}
