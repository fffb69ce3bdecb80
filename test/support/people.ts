import type { Platform } from "../../scripts/local/platform.ts";
import { createUser } from "../../shared/auth/create-user.ts";
import { openSession } from "../../shared/auth/sessions/open-session.ts";
import { issueAccessToken } from "../../shared/auth/tokens/issue-access-token.ts";
import type { Plan, Role } from "../../shared/contracts/access.ts";
import { createDb } from "../../shared/db/client.ts";
import { createTransact } from "../../shared/db/transaction.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { createSeal } from "../../shared/platform/seal.ts";
import { TEST_SETTINGS, testCtx } from "./ctx.ts";

/** Give it to `openPlatform({ vars })`, so that a test can open what the worker sealed and sign as it does. */
export const MASTER_KEY = TEST_SETTINGS.MASTER_KEY;

export interface Person {
  user_id: string;
  email: string;
  session_id: string;
  access_token: string;
  refresh_token: string;
  headers: { authorization: string };
}

/** The context in which a test acts on the database of a platform, as its worker would. */
export function platformCtx(platform: Platform, given: Partial<Ctx> = {}): Ctx {
  const config = parseConfig({ ...TEST_SETTINGS, PUBLIC_URL: platform.url });
  return testCtx({
    config,
    db: createDb(platform.databaseUrl, platform.databaseEndpoint),
    transact: createTransact(platform.databaseUrl, platform.databaseEndpoint),
    seal: createSeal(config),
    now: () => Date.now(),
    ...given,
  });
}

let made = 0;

/** Makes an active account with a session, past the log-in, which costs a password hash. */
export async function createPerson(
  ctx: Ctx,
  given: { role?: Role; plan?: Plan; email?: string; password_hash?: string } = {},
): Promise<Person> {
  made += 1;
  const email = given.email ?? `person-${process.pid}-${made}@example.org`;
  const user = await ctx.transact((tx) =>
    createUser(tx, ctx, {
      email,
      name: null,
      role: given.role ?? "trader",
      plan: given.plan ?? "free",
      status: "active",
      password_hash: given.password_hash ?? null,
      email_verified: true,
    }),
  );
  const session = await openSessionOf(ctx, { ...user, email });
  return { user_id: user.id, email, ...session };
}

/** One more session of an account, with its tokens. */
export async function openSessionOf(
  ctx: Ctx,
  user: { id: string; email: string; role: Role; access_version: number },
) {
  const session = await ctx.transact((tx) =>
    openSession(tx, ctx, { user_id: user.id, methods: ["pwd"], mfa: false, device_id: null }),
  );
  const { access_token } = await issueAccessToken(ctx, { user, session_id: session.session_id });
  return {
    session_id: session.session_id,
    refresh_token: session.refresh_token,
    access_token,
    headers: { authorization: `Bearer ${access_token}` },
  };
}
