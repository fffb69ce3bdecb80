import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import { AppError } from "../platform/errors.ts";
import { endSeries } from "./commit/by-hand.ts";
import type { EngineCtx } from "./engine-ctx.ts";
import { LOOKS_AT_OWN, LOOKS_AT_PLATFORMS } from "./sources/readings.ts";
import { afterCommit } from "./tell/after-commit.ts";

const Remembered = z.object({ rule_id: z.string(), fingerprint: z.string() });

/** Ends what rules raised on series, by their ids, that are about to be forgotten, and what they remember of them. */
export async function endSeriesOf(
  ctx: Pick<
    EngineCtx,
    "db" | "transact" | "now" | "log" | "rooms" | "queue" | "deliveries" | "trace" | "later" | "alertEngine"
  >,
  ids: readonly string[],
): Promise<void> {
  const found = await readRows(
    ctx.db,
    sql`select t.rule_id, t.fingerprint from metric_series s
      join alert_rules r on (${LOOKS_AT_OWN}) or (${LOOKS_AT_PLATFORMS}) join alert_states t on t.rule_id = r.id and t.labels = s.labels
      where s.id in (select json_array_elements_text(${JSON.stringify(ids)}::json)) order by 1, 2`,
    Remembered,
  );
  for (const each of found) {
    try {
      afterCommit(ctx, await ctx.transact((tx) => endSeries(tx, ctx, each)));
    } catch (error) {
      // Deleted meanwhile, and what it raised with it.
      if (!(error instanceof AppError && error.code === "not_found")) throw error;
    }
  }
}
