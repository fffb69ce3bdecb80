import type { Ctx } from "../../shared/platform/ctx.ts";
import { describeError } from "../../shared/platform/errors.ts";

/**
 * Does something once the answer is on its way, so that how long it takes tells nobody anything. What fails is logged,
 * since there is nobody left to be told.
 */
export function afterAnswer(ctx: Pick<Ctx, "later" | "log">, what: string, work: () => Promise<void>): void {
  ctx.later(
    work().catch((error: unknown) =>
      ctx.log.error("work after an answer failed", { what, error: describeError(error) }),
    ),
  );
}
