import { and, asc, desc, eq, inArray } from "drizzle-orm";
import * as byHand from "../../../shared/alerts/commit/by-hand.ts";
import { afterCommit } from "../../../shared/alerts/tell/after-commit.ts";
import type { Alert } from "../../../shared/contracts/alerts.ts";
import { alerts } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { matchesFilter, noSuchAlert, showAlerts } from "./read.ts";
import { type AcknowledgeAlertsRequest, type AcknowledgedAlerts, MOST_ACKNOWLEDGED } from "./schema.ts";

type Change = typeof byHand.acknowledgeAlert;

async function change(ctx: Ctx, alert_id: string, comment: string | null, work: Change): Promise<Alert> {
  const user_id = ownerOf(ctx);
  const { alert, after } = await ctx.transact((tx) =>
    work(tx, ctx, { alert_id, user_id, actor: user_id, comment }),
  );
  afterCommit(ctx, after);
  const [shown] = await showAlerts(ctx, [alert]);
  if (shown === undefined) throw noSuchAlert();
  return shown;
}

/**
 * Says that somebody looks after an alert: it is told no more while it lasts, and not escalated. Again does no harm.
 * @throws `not_found`, `conflict` for one that has not fired, or is over.
 */
export const acknowledgeAlert = (ctx: Ctx, id: string, comment: string | null): Promise<Alert> =>
  change(ctx, id, comment, byHand.acknowledgeAlert);

/**
 * Ends an alert; none begins anew before its condition stopped holding. Again does no harm.
 * @throws `not_found`
 */
export const resolveAlert = (ctx: Ctx, id: string, comment: string | null): Promise<Alert> =>
  change(ctx, id, comment, byHand.resolveAlert);

/** What is meant, locked in the order in which everybody locks alerts; one more than are taken, of a filter. */
async function lockMeant(tx: Tx, user_id: string, { ids, filter }: AcknowledgeAlertsRequest) {
  const meant =
    ids ??
    (
      await tx
        .select({ id: alerts.id })
        .from(alerts)
        .where(and(...matchesFilter(user_id, filter ?? {}), eq(alerts.state, "active")))
        .orderBy(desc(alerts.created_at), desc(alerts.id))
        .limit(MOST_ACKNOWLEDGED + 1)
    ).map(({ id }) => id);
  const taken = meant.slice(0, MOST_ACKNOWLEDGED);
  const rows = await tx
    .select({
      id: alerts.id,
      state: alerts.state,
      rule_id: alerts.rule_id,
      fingerprint: alerts.fingerprint,
    })
    .from(alerts)
    .where(and(inArray(alerts.id, taken), eq(alerts.user_id, user_id)))
    .orderBy(asc(alerts.id))
    .for("update");
  return { taken, rows, more: meant.length > taken.length };
}

/** Acknowledges many at once, all or none: those that are active of what is named, or what a filter finds. */
export async function acknowledgeAlerts(
  ctx: Ctx,
  asked: AcknowledgeAlertsRequest,
): Promise<AcknowledgedAlerts> {
  const user_id = ownerOf(ctx);
  const { after, ...answer } = await ctx.transact(async (tx) => {
    const { taken, rows, more } = await lockMeant(tx, user_id, asked);
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    const locked = rows.filter(({ state }) => state === "active");
    const by = { actor: user_id, comment: asked.comment };
    const after = await byHand.acknowledgeMany(tx, ctx, { locked, by });
    const acknowledged = locked.map(({ id }) => id);
    const skipped = taken.flatMap((id) => {
      const state = states.get(id);
      return state === "active" ? [] : [{ id, reason: state ?? ("not_found" as const) }];
    });
    return { after, acknowledged, skipped: asked.ids === undefined ? [] : skipped, more };
  });
  afterCommit(ctx, after);
  return answer;
}
