import { and, count, desc, eq, gt, isNull } from "drizzle-orm";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { email_tokens, recovery_codes, users } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Me } from "./schema.ts";

const instant = (text: string | null) => (text === null ? null : isoOfTimestamp(text));

/** The account of whoever asks. What it may do is what the request was let in with. */
export async function readMe(ctx: Pick<Ctx, "db" | "actor" | "now">): Promise<Me> {
  const me = userOf(ctx);
  const [[user], [codes], [change]] = await ctx.db.batch([
    ctx.db.select().from(users).where(eq(users.id, me.user_id)),
    ctx.db
      .select({ left: count() })
      .from(recovery_codes)
      .where(and(eq(recovery_codes.user_id, me.user_id), isNull(recovery_codes.used_at))),
    ctx.db
      .select({ email: email_tokens.email })
      .from(email_tokens)
      .where(
        and(
          eq(email_tokens.user_id, me.user_id),
          eq(email_tokens.purpose, "change_email"),
          isNull(email_tokens.used_at),
          gt(email_tokens.expires_at, isoTime(ctx.now())),
        ),
      )
      .orderBy(desc(email_tokens.created_at))
      .limit(1),
  ]);
  if (user === undefined) throw new AppError("session_ended", "This account is gone.");
  return {
    id: user.id,
    email: user.email,
    pending_email: change?.email ?? null,
    name: user.name,
    role: user.role,
    plan: user.plan,
    status: user.status,
    permissions: [...me.permissions].sort(),
    limits: { ...PlanLimits[user.plan] },
    mfa: { enabled: user.mfa_enabled_at !== null, recovery_codes_left: codes?.left ?? 0 },
    must_change_password: user.must_change_password,
    password_changed_at: instant(user.password_changed_at),
    created_at: isoOfTimestamp(user.created_at),
    last_login_at: instant(user.last_login_at),
    revision: user.revision,
  };
}
