import { and, desc, eq, ne } from "drizzle-orm";
import { matchSilences } from "../../../shared/alerts/silences/match-silences.ts";
import { Alert, type SilenceHits, type SilenceMatcher } from "../../../shared/contracts/alerts.ts";
import { alerts } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

const MOST_LOOKED_AT = 5000;
const MOST_SHOWN = 20;
const { id, rule_id, name, metric, labels, level, state } = alerts;

/** Which of one's standing alerts matchers hold for. */
export async function readHits(
  ctx: Pick<Ctx, "db" | "actor">,
  matchers: readonly SilenceMatcher[],
): Promise<SilenceHits> {
  const standing = await ctx.db
    .select({ id, rule_id, name, metric, labels, level, state })
    .from(alerts)
    .where(and(eq(alerts.user_id, ownerOf(ctx)), ne(state, "resolved")))
    .orderBy(desc(alerts.created_at), desc(id))
    .limit(MOST_LOOKED_AT);
  const hit = standing.filter((alert) => matchSilences([{ id: "", matchers }], alert).length > 0);
  const first = hit
    .slice(0, MOST_SHOWN)
    .map((alert) => ({ ...alert, state: Alert.shape.state.parse(alert.state) }));
  return { count: hit.length, first };
}
