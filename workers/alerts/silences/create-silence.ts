import { and, count, eq, gt } from "drizzle-orm";
import { userEngine, wakeAlerts } from "../../../shared/alerts/wake-alerts.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { silences, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { checkEnd } from "./check-end.ts";
import { checkMatchers } from "./check-matchers.ts";
import { readHits } from "./read-hits.ts";
import type { CreateSilenceRequest, SilenceWithHits } from "./schema.ts";
import { auditedOf, noSuchSilence, toSilence } from "./silence-row.ts";

/** Each is compared with every alert that is told, so there is an end to them. */
export const MOST_SILENCES = 100;

/** Throws `conflict` where there are too many. Who makes two at once makes them one by one. */
async function checkRoom(tx: Tx, user_id: string, at: string): Promise<void> {
  await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("no key update");
  const [counted] = await tx
    .select({ made: count() })
    .from(silences)
    .where(and(eq(silences.user_id, user_id), gt(silences.ends_at, at)));
  if ((counted?.made ?? 0) >= MOST_SILENCES)
    throw new AppError(
      "conflict",
      `There is room for ${MOST_SILENCES} silences that are not over, and you have that many. End one first.`,
    );
}

/**
 * Holds back what is told of the alerts that match, from `starts_at` to `ends_at`; the alerts themselves are seen.
 * @throws `invalid_request` for matchers that name nothing, and a time that is over or too far away, `conflict` where there are too many.
 */
export async function createSilence(
  ctx: Ctx & Answers<SilenceWithHits>,
  wanted: CreateSilenceRequest,
): Promise<SilenceWithHits> {
  const user_id = ownerOf(ctx);
  const at = isoTime(ctx.now());
  const starts_at = wanted.starts_at ?? at;
  checkMatchers(wanted.matchers);
  checkEnd(wanted.ends_at, starts_at, ctx.now());
  const id = newId("sil", ctx.now());
  const hits = await readHits(ctx, wanted.matchers);
  const silence = await ctx.transact(async (tx) => {
    await checkRoom(tx, user_id, at);
    const { matchers, ends_at, comment } = wanted;
    const [row] = await tx
      .insert(silences)
      .values({ id, user_id, matchers, starts_at, ends_at, comment, created_by: user_id, created_at: at })
      .returning();
    if (row === undefined) throw noSuchSilence();
    const made = { ...toSilence(row, ctx.now()), hits };
    await recordAudit(tx, ctx, {
      action: "silence.created",
      target: { type: "silence", id },
      after: auditedOf(made),
    });
    await ctx.keepAnswer?.(tx, made);
    return made;
  });
  wakeAlerts(ctx, userEngine(user_id));
  return silence;
}
