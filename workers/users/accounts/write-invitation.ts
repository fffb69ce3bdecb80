import { EMAIL_TOKEN_TTL_MS, issueEmailToken } from "../../../shared/auth/email-tokens.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { inviteMail } from "../../../shared/mail/templates/invite.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { Acting } from "../access/lock-accounts.ts";

export type InviteCtx = Pick<
  Ctx,
  "transact" | "actor" | "client" | "now" | "trace" | "config" | "seal" | "queue" | "later" | "log"
>;

/** A new link, and the mail that carries it; the link before is good no more. Gives the mail's id. */
export async function writeInvitation(
  tx: Tx,
  ctx: InviteCtx,
  to: { id: string; email: string; name: string | null },
  acting: Acting,
): Promise<string> {
  const token = await issueEmailToken(tx, ctx, { user_id: to.id, purpose: "invite", email: to.email });
  const content = inviteMail({
    name: to.name,
    link: `${ctx.config.PUBLIC_URL}/accept-invite?token=${token}`,
    invited_by: acting.email,
    ttl_ms: EMAIL_TOKEN_TTL_MS.invite,
  });
  return enqueueMail(tx, ctx, "invite", { to: to.email, ...content });
}
