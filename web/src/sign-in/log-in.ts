import { z } from "zod";
import { sendFor } from "../api/send.ts";
import { session } from "../session/session-here.ts";
import { Tokens } from "../session/tokens.ts";

const Challenge = z.object({ mfa_required: z.literal(true), challenge_token: z.string() });
const LoginAnswer = z.union([Tokens, Challenge]);

/** The password was right; a second factor is asked for. */
export interface PendingLogin {
  email: string;
  challengeToken: string;
}

/** Signs in, or answers with what waits for a second factor. Throws `RequestFailed`. */
export async function logIn(email: string, password: string): Promise<PendingLogin | null> {
  const answer = await sendFor(LoginAnswer, "POST", "/api/v1/auth/login", { email, password });
  if ("mfa_required" in answer) return { email, challengeToken: answer.challenge_token };
  await session.begin(answer);
  return null;
}

/** Signs in with the second factor: a code of the app, or a recovery code. Throws `RequestFailed`. */
export async function proveFactor({ challengeToken }: PendingLogin, code: string): Promise<void> {
  const body = { challenge_token: challengeToken, code };
  await session.begin(await sendFor(Tokens, "POST", "/api/v1/auth/mfa/verify", body));
}
