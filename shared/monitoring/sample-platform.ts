import { PLATFORM_ENGINE, wakeEngines } from "../alerts/wake-alerts.ts";
import type { Ctx } from "../platform/ctx.ts";
import { ensurePlatformRules } from "./ensure-platform-rules.ts";
import { type LookCtx, lookAtPlatform } from "./look-at-platform.ts";
import { platformReadings } from "./platform-readings.ts";
import { storePlatformReadings } from "./store-platform-readings.ts";
import { tellAlarms } from "./tell-alarms.ts";

/** Keeps how the platform does, as readings that rules and the overview look at, and tells operators of what is not well. Throws while the database is away. */
export async function samplePlatform(
  ctx: LookCtx & Pick<Ctx, "alertEngine" | "queue" | "trace" | "transact" | "rooms">,
): Promise<void> {
  const look = await lookAtPlatform(ctx, { move: true });
  await storePlatformReadings(ctx.db, platformReadings(look), look.at);
  await ensurePlatformRules(ctx);
  await wakeEngines(ctx, [PLATFORM_ENGINE]);
  await tellAlarms(ctx, look.components);
}
