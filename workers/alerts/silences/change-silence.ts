import { eq } from "drizzle-orm";
import { userEngine, wakeAlerts } from "../../../shared/alerts/wake-alerts.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { Silence } from "../../../shared/contracts/alerts.ts";
import { silences } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { checkEnd } from "./check-end.ts";
import type { ChangeSilenceRequest } from "./schema.ts";
import { auditedOf, lockSilence, noSuchSilence, toSilence } from "./silence-row.ts";

/**
 * Changes when a silence ends, or its comment.
 * @throws `not_found`, `conflict` for the end of one that is over, `invalid_request` for an end that cannot be.
 */
export async function changeSilence(ctx: Ctx, id: string, wanted: ChangeSilenceRequest): Promise<Silence> {
  const silence = await ctx.transact(async (tx) => {
    const before = await lockSilence(tx, ctx, id);
    if (wanted.ends_at !== undefined) {
      if (before.state === "ended")
        throw new AppError(
          "conflict",
          `This silence ended at ${before.ends_at}; what was told since cannot be taken back. Make another one.`,
        );
      checkEnd(wanted.ends_at, before.starts_at, ctx.now());
    }
    const [row] = await tx.update(silences).set(wanted).where(eq(silences.id, id)).returning();
    if (row === undefined) throw noSuchSilence();
    const after = toSilence(row, ctx.now());
    await recordAudit(tx, ctx, {
      action: "silence.changed",
      target: { type: "silence", id },
      before: auditedOf(before),
      after: auditedOf(after),
    });
    return after;
  });
  wakeAlerts(ctx, userEngine(ownerOf(ctx)));
  return silence;
}

/**
 * Ends a silence now: what it held back and still stands is told. It stays to be seen as ended; again does no harm.
 * @throws `not_found`
 */
export async function endSilence(ctx: Ctx, id: string): Promise<void> {
  const ended = await ctx.transact(async (tx) => {
    const before = await lockSilence(tx, ctx, id);
    if (before.state === "ended") return false;
    const at = isoTime(ctx.now());
    const starts_at = before.state === "waiting" ? at : before.starts_at;
    await tx.update(silences).set({ starts_at, ends_at: at }).where(eq(silences.id, id));
    await recordAudit(tx, ctx, {
      action: "silence.ended",
      target: { type: "silence", id },
      before: auditedOf(before),
      after: auditedOf({ ...before, starts_at, ends_at: at }),
    });
    return true;
  });
  if (ended) wakeAlerts(ctx, userEngine(ownerOf(ctx)));
}
