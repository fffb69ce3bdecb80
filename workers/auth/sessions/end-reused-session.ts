import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { refreshReusedMail } from "../../../shared/mail/templates/refresh-reused.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Ends a session whose refresh token somebody has copied, and tells its owner. Once, however often the token comes. */
export async function endReusedSession(
  ctx: Ctx,
  { user_id, session_id }: { user_id: string; session_id: string },
): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx
      .select({ email: users.email, name: users.name })
      .from(users)
      .where(eq(users.id, user_id))
      .for("update");
    if (user === undefined) return null;
    if ((await endSessions(tx, ctx, { user_id, only: session_id, reason: "refresh_reused" })) === 0)
      return null;
    // Whoever had the copy may have asked for another address with it, or have prepared another way in.
    await voidEmailTokens(tx, ctx, user_id);
    const content = refreshReusedMail({ name: user.name, at: ctx.now(), client: ctx.client });
    const id = await enqueueMail(tx, ctx, "refresh_reused", { to: user.email, ...content });
    await recordAudit(tx, ctx, {
      action: "session.refresh_reused",
      target: { type: "session", id: session_id },
      after: { user_id },
    });
    return id;
  });
  await accessChanged(ctx, user_id);
  if (mail !== null) sendMailSoon(ctx, mail);
}
