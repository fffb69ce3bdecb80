import { sql } from "drizzle-orm";
import { z } from "zod";
import { type GivenRule, giveRulesOnce } from "../alerts/give-rules.ts";
import { readRows } from "../db/rows.ts";
import type { Ctx } from "../platform/ctx.ts";

/** A series of this name remembers that a user was given the rules on the platform; nobody can push it. */
const MARKER = "xsema.platform_rules";
/** Super admins are few; the rest of many is found by the next tick. */
const AT_ONCE = 20;

const PLATFORM_RULES: readonly GivenRule[] = [
  {
    built_in: "platform_alert_lag",
    fields: {
      name: "Alert rules are evaluated late",
      description: "Made for every super admin: an engine of alerts has been a minute behind for a minute.",
      metric: "platform.alert_lag_ms",
      operator: ">",
      threshold: "60000",
      for: "1m",
      level: "error",
      message: "What came {{value}} ms ago has not been looked at by the alert rules that watch it.",
    },
  },
];

/** Makes the rules by which the platform tells of itself, once in the life of each super admin. */
export async function ensurePlatformRules(ctx: Pick<Ctx, "db" | "transact" | "now">): Promise<void> {
  const without = await readRows(
    ctx.db,
    sql`select u.id from users u where u.role = 'super_admin' and u.status = 'active'
      and not exists (select from metric_series s where s.user_id = u.id and s.name = ${MARKER})
      order by u.id limit ${AT_ONCE}::int`,
    z.object({ id: z.string() }),
  );
  for (const { id } of without)
    await ctx.transact((tx) =>
      giveRulesOnce(tx, ctx, { user_id: id, marker: MARKER, rules: PLATFORM_RULES }),
    );
}
