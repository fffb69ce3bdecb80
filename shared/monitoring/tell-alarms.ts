import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Permission, Role, RolePermissions } from "../contracts/access.ts";
import type { Component } from "../contracts/monitoring.ts";
import { readRows } from "../db/rows.ts";
import { deliverNotifications } from "../notifications/deliver-soon.ts";
import { notifyUsers } from "../notifications/notify.ts";
import type { Ctx } from "../platform/ctx.ts";

/** What heals within this is nobody's business. */
const PATIENCE_MS = 120_000;
/** Operators are few; whoever is beyond finds it in the overview. */
const MOST_TOLD = 200;
const NEEDS: Permission = "monitoring:read";

type AlarmCtx = Pick<Ctx, "db" | "transact" | "now" | "rooms" | "queue" | "trace" | "log">;

async function readOperators({ db }: AlarmCtx): Promise<string[]> {
  const roles = Role.options.filter((role) => RolePermissions[role].includes(NEEDS));
  const rows = await readRows(
    db,
    sql`select u.id from users u where u.status = 'active' and (u.role = any(${sql.param(roles)}::text[])
        or exists (select from group_members m join groups g on g.id = m.group_id
          where m.user_id = u.id and ${NEEDS} = any(g.permissions)))
      order by u.id limit ${MOST_TOLD}::int`,
    z.object({ id: z.string() }),
  );
  return rows.map(({ id }) => id);
}

/**
 * Notifies those who may see how the platform does of each part that has not been well for two minutes: once for as long
 * as it stays so, and again where it gets worse.
 */
export async function tellAlarms(ctx: AlarmCtx, components: readonly Component[]): Promise<void> {
  const bad = components.filter(
    ({ status, since }) =>
      (status === "degraded" || status === "down") &&
      since !== null &&
      ctx.now() - Date.parse(since) >= PATIENCE_MS,
  );
  if (bad.length === 0) return;
  const operators = await readOperators(ctx);
  for (const { name, status, reason, since } of bad) {
    const told = await ctx.transact((tx) =>
      notifyUsers(tx, ctx, operators, {
        kind: "monitoring.alarm",
        level: status === "down" ? "error" : "warning",
        title: `${name} is ${status}`,
        body: reason,
        cause: `monitoring:${name}:${status}:${since}`,
        data: { component: name, status, since },
      }),
    );
    await deliverNotifications(ctx, told);
  }
}
