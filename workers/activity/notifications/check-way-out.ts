import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * A key opens no new way out to a chat or browser: what it sets up would go on telling after it is revoked. People may,
 * since they can see and undo it; a key has webhooks, which stop with it. Throws `forbidden`.
 */
export function checkWayOut({ actor }: Pick<Ctx, "actor">): void {
  if (actor.type === "api_key")
    throw new AppError(
      "forbidden",
      "Where notifications are sent is for a person who is logged in to say, not for an API key, which it would outlive.",
    );
}
