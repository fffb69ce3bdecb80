import { and, eq, isNull } from "drizzle-orm";
import { sessions } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** Notes that the session has proved a second factor just now. Throws `session_ended` where it ended meanwhile. */
export async function markFactorProved(tx: Tx, ctx: Pick<Ctx, "now">, session_id: string): Promise<void> {
  const marked = await tx
    .update(sessions)
    .set({ mfa_at: isoTime(ctx.now()) })
    .where(and(eq(sessions.id, session_id), isNull(sessions.ended_at)))
    .returning({ id: sessions.id });
  if (marked.length === 0) throw new AppError("session_ended", "This session has ended: log in again.");
}
