import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { requireFreshFactor, requirePermission } from "../../../shared/platform/http/authorise.ts";

/** What naming a role or plan asks for beside the route's own permission: `users:roles`, a person, a fresh factor. */
export function requireRoleChange(ctx: Pick<Ctx, "actor" | "now" | "config">): void {
  const me = userOf(ctx);
  requirePermission(me, "users:roles");
  requireFreshFactor(me, ctx);
}
