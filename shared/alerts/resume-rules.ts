import { and, eq } from "drizzle-orm";
import { alert_rules } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";

/** Has the rules of an account that is opened again see what comes from now on (ms since 1970): the time between is past. */
export async function resumeRules(tx: Pick<Tx, "update">, user_id: string, now: number): Promise<void> {
  await tx
    .update(alert_rules)
    .set({ enabled_at: isoTime(now) })
    .where(and(eq(alert_rules.user_id, user_id), eq(alert_rules.enabled, true)));
}
