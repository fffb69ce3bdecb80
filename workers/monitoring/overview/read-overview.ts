import type { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { judgeAll } from "../../../shared/monitoring/judge-components.ts";
import { type LookCtx, lookAtPlatform } from "../../../shared/monitoring/look-at-platform.ts";
import { askSoon } from "../../../shared/monitoring/probe.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { readAlerts } from "./read-alerts.ts";
import { judgeHosts, readHosts } from "./read-hosts.ts";
import { readKeySeries } from "./read-series.ts";

export type OverviewCtx = LookCtx & Pick<Ctx, "actor">;

/** What is somebody's own needs more than leave to look at the platform: a key may have the one scope and not the other. */
const mayReadAlerts = ({ actor }: Pick<Ctx, "actor">) =>
  (actor.type === "user" || actor.type === "api_key") && actor.permissions.has("alerts:read");

/**
 * The state of the platform, as whoever asks may see it, in six statements and within seconds. Where the database does
 * not answer, what it alone knows is `null`; alerts and hosts also are for who may not read alerts.
 */
export async function readOverview(ctx: OverviewCtx): Promise<MonitoringOverview> {
  const user_id = ownerOf(ctx);
  const now = ctx.now();
  const own = mayReadAlerts(ctx);
  const [look, alerts, series, hosts] = await Promise.all([
    lookAtPlatform(ctx, { move: false }),
    own ? askSoon(ctx, "alerts", () => readAlerts(ctx.db, user_id, now)) : null,
    askSoon(ctx, "key figures", () => readKeySeries(ctx.db, now)),
    own ? askSoon(ctx, "hosts", () => readHosts(ctx.db, user_id, now)) : null,
  ]);
  return {
    as_of: isoTime(now),
    version: ctx.config.VERSION,
    status: judgeAll(look.components),
    components: own ? [...look.components, judgeHosts(hosts, now)] : look.components,
    alerts,
    series,
    hosts,
  };
}
