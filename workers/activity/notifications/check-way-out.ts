import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * Has a key that may only read open no new way out: what it sets up would go on telling after the key is revoked.
 * People may, since they can see and undo it. Throws `forbidden`.
 */
export function checkWayOut({ actor }: Pick<Ctx, "actor">): void {
  if (actor.type === "api_key" && !actor.permissions.has("activity:write"))
    throw new AppError(
      "forbidden",
      "Saying where notifications are sent needs the scope activity:write with an API key.",
    );
}
