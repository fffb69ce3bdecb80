import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { authenticate } from "../../../shared/auth/authenticate.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { refresh_tokens, sessions } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

interface Meant {
  user_id: string;
  session_id: string;
}

async function sessionOfToken(ctx: Pick<Ctx, "db">, refresh_token: string): Promise<Meant> {
  const [found] = await ctx.db
    .select({ user_id: sessions.user_id, session_id: sessions.id })
    .from(refresh_tokens)
    .innerJoin(sessions, eq(sessions.id, refresh_tokens.session_id))
    .where(eq(refresh_tokens.token_hash, await sha256Hex(refresh_token)));
  if (found === undefined) throw new AppError("unauthorized", "This refresh token is not valid.");
  return found;
}

async function sessionOfRequest(ctx: Ctx, request: Request): Promise<Meant> {
  const { actor } = await authenticate(ctx, request);
  if (actor.type === "anonymous")
    throw new AppError(
      "unauthorized",
      "Say which session: send its access token as Authorization: Bearer, or its refresh_token in the body.",
    );
  return userOf({ actor });
}

/** Ends the session whose refresh token is given, or else whose access token is sent. An ended one stays ended. */
export async function logOut(ctx: Ctx, request: Request, refresh_token: string | undefined): Promise<void> {
  const { user_id, session_id } =
    refresh_token === undefined
      ? await sessionOfRequest(ctx, request)
      : await sessionOfToken(ctx, refresh_token);
  await endOwnSession(ctx, { user_id, session_id });
}

/** Ends a session for whoever holds a token of it. An ended one stays ended. */
export async function endOwnSession(ctx: Ctx, { user_id, session_id }: Meant): Promise<void> {
  await ctx.transact(async (tx) => {
    if ((await endSessions(tx, ctx, { user_id, only: session_id, reason: "logout" })) === 0) return;
    await recordAudit(tx, ctx, {
      action: "session.logged_out",
      target: { type: "session", id: session_id },
      actor: { type: "user", id: user_id },
    });
  });
  await accessChanged(ctx, user_id);
}
