import { eq } from "drizzle-orm";
import { generateSync } from "otplib";
import { z } from "zod";
import { createUser } from "../../shared/auth/create-user.ts";
import { mfaPurpose } from "../../shared/auth/mfa/take-step.ts";
import { newTotpSecret } from "../../shared/auth/mfa/totp.ts";
import { hashPassword } from "../../shared/auth/password/hash-password.ts";
import type { Role, UserStatus } from "../../shared/contracts/access.ts";
import { audit_log, users } from "../../shared/db/schema/index.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { authApp } from "../../workers/auth/app.ts";
import { accountApp } from "./account-app.ts";
import type { Backend } from "./each-backend.ts";

/** Good by every rule, and nobody's. */
export const PASSWORD = "violet harbour sings quietly";
export const OTHER_PASSWORD = "marble ocean walks backwards";

/** The least that the settings take: what is tested is not how long it takes. */
const CHEAP = { PASSWORD_MEMORY_KIB: "7168", PASSWORD_PASSES: "1" };

const Tokens = z.object({ access_token: z.string(), refresh_token: z.string() });

/** The routes of accounts over a real database, with what a test of logging in needs beside them. */
export function loginApp(backend: Backend, settings: Record<string, string> = {}) {
  const app = accountApp(backend, authApp, { ...CHEAP, ...settings });
  const { ctx, clock } = app;
  const pending: Promise<unknown>[] = [];
  ctx.later = (work) => void pending.push(work);

  /** An account with the password `PASSWORD`. */
  async function join(
    email: string,
    given: { role?: Role; status?: UserStatus; password_hash?: string } = {},
  ) {
    clock.now += 1;
    const password_hash = given.password_hash ?? (await hashPassword(ctx.config, PASSWORD));
    return ctx.transact((tx) =>
      createUser(tx, ctx, {
        email,
        name: null,
        role: given.role ?? "trader",
        plan: "free",
        status: given.status ?? "active",
        password_hash,
        email_verified: given.status !== "pending",
      }),
    );
  }

  /** Turns a second factor on; gives what makes its codes. */
  async function addFactor(user_id: string) {
    const secret = newTotpSecret();
    const mfa_secret = await ctx.seal.seal(mfaPurpose(user_id), secret);
    await ctx.db
      .update(users)
      .set({ mfa_secret, mfa_enabled_at: isoTime(clock.now) })
      .where(eq(users.id, user_id));
    return () => generateSync({ secret, epoch: Math.floor(clock.now / 1000) });
  }

  return {
    ...app,
    join,
    addFactor,
    post: (path: string, body: unknown, token = "none") => app.send(token, "POST", path, body),
    logIn: (email: string, password = PASSWORD, more: Record<string, string> = {}) =>
      app.send("none", "POST", "/auth/login", { email, password, ...more }),
    from: (ip: string, user_agent: string | null = "test") => {
      ctx.client = { ip, user_agent };
    },
    tokensOf: (answer: { body: unknown }) => Tokens.parse(answer.body),
    /** Waits for what goes on after the answers. */
    async settled() {
      while (pending.length > 0) await Promise.all(pending.splice(0));
    },
    async user(id: string) {
      const [row] = await ctx.db.select().from(users).where(eq(users.id, id));
      if (row === undefined) throw new Error(`there is no account ${id}`);
      return row;
    },
    /** The actions of the audit log, in order. */
    async audited() {
      const rows = await ctx.db.select().from(audit_log).orderBy(audit_log.seq);
      return rows.map(({ action, target_id }) => ({ action, target_id }));
    },
    /** The token in the newest mail of a kind to somebody. */
    async mailedToken(kind: string, to: string) {
      const found = (await app.mails()).filter((mail) => mail.kind === kind && mail.to === to).at(-1);
      const [, token] = /[?&]token=([\w-]{43})\b/.exec(found?.text ?? "") ?? [];
      if (token === undefined) throw new Error(`no mail ${kind} with a token went to ${to}`);
      return token;
    },
  };
}
