import type { Hono } from "hono";
import { z } from "zod";
import { createUser, type NewUser } from "../../shared/auth/create-user.ts";
import { readAccess } from "../../shared/auth/permissions/read-access.ts";
import { openSession } from "../../shared/auth/sessions/open-session.ts";
import { readLiveSessions } from "../../shared/auth/sessions/read-live-sessions.ts";
import { issueAccessToken } from "../../shared/auth/tokens/issue-access-token.ts";
import type { Role } from "../../shared/contracts/access.ts";
import type { AccountGateRpc, SessionCheck } from "../../shared/contracts/accounts.ts";
import { mails } from "../../shared/db/schema/index.ts";
import { mailPurpose } from "../../shared/mail/enqueue-mail.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { type AppEnv, createApp } from "../../shared/platform/http/app.ts";
import { handleError } from "../../shared/platform/http/handle.ts";
import { createSeal } from "../../shared/platform/seal.ts";
import { TEST_SETTINGS, testCtx } from "./ctx.ts";
import type { Backend } from "./each-backend.ts";
import { memoryGuards } from "./login-guards.ts";

/** Somebody with an account and one session. */
export interface Somebody {
  id: string;
  email: string;
  session_id: string;
}

const Answered = z.record(z.string(), z.unknown());
const MailContent = z.object({ to: z.string(), subject: z.string(), text: z.string() });
export type Answer = { status: number; body: z.output<typeof Answered>; headers: Headers };

/** A gate that asks the database each time, so it is never late. */
function exactGate(ctx: () => Ctx, told: string[]): (user_id: string) => AccountGateRpc {
  const unexpected = () => {
    throw new Error("the test did not expect sockets");
  };
  return () => ({
    async check(user_id, session_id, version): Promise<SessionCheck> {
      const access = await readAccess(ctx().db, user_id);
      const session = (await readLiveSessions(ctx().db, user_id)).find(({ id }) => id === session_id);
      if (access === null || access.status !== "active") return { ok: false, reason: "account_not_active" };
      if (session === undefined) return { ok: false, reason: "session_ended" };
      if (access.version !== version) return { ok: false, reason: "access_changed" };
      const { expires_at, mfa_at } = session;
      return { ok: true, access, session_id, expires_at, mfa_at };
    },
    changed: async (user_id) => void told.push(user_id),
    watch: unexpected,
    issueTicket: unexpected,
    redeemTicket: unexpected,
  });
}

/**
 * The routes of `app` over a real database: with real tokens, and people who refresh theirs before each request as
 * clients do. The clock moves by a millisecond with each of them, so that ids and times have an order.
 */
export function accountApp(backend: Backend, app: Hono<AppEnv>, settings: Record<string, string> = {}) {
  const clock = { now: Date.parse("2026-01-01T00:00:05Z") };
  const config = parseConfig({ ...TEST_SETTINGS, ...settings });
  const guards = memoryGuards(() => clock.now);
  const told: string[] = [];
  const ctx: Ctx = testCtx({
    config,
    db: backend.db,
    transact: backend.transact,
    now: () => clock.now,
    seal: createSeal(config),
    gates: {
      account: exactGate(() => ctx, told),
      apiKey: () => {
        throw new Error("the test did not expect keys");
      },
      login: guards.login,
    },
    queue: { send: async () => {} },
    later: () => {},
  });
  const mounted = createApp();
  mounted.use(async (c, next) => {
    c.set("ctx", ctx);
    await next();
  });
  mounted.onError(handleError);
  mounted.route("/", app);

  let made = 0;
  async function enter(role: Role, given: Partial<NewUser> = {}): Promise<Somebody> {
    made += 1;
    clock.now += 1;
    const email = given.email ?? `${role}-${made}@example.org`;
    return ctx.transact(async (tx) => {
      const base = { name: null, plan: "free", status: "active", password_hash: null } as const;
      const { id } = await createUser(tx, ctx, { ...base, email_verified: true, role, ...given, email });
      const session = { user_id: id, methods: ["pwd"], mfa: false, device_id: null };
      const { session_id } = await openSession(tx, ctx, session);
      return { id, email, session_id };
    });
  }

  /** An access token of what the account is now. */
  async function tokenOf({ id, email, session_id }: Somebody): Promise<string> {
    const access = await readAccess(ctx.db, id);
    const subject = { id, email, role: access?.role ?? "viewer", access_version: access?.version ?? 0 };
    return (await issueAccessToken(ctx, { user: subject, session_id })).access_token;
  }

  async function send(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    clock.now += 1;
    const response = await mounted.request(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === "" ? {} : Answered.parse(JSON.parse(text)),
      headers: response.headers,
    };
  }

  return {
    ctx,
    mounted,
    clock,
    guards,
    /** Whose gates were told of a change, in order. */
    told,
    enter,
    tokenOf,
    send,
    ask: async (
      who: Somebody,
      method: string,
      path: string,
      body?: unknown,
      headers?: Record<string, string>,
    ) => send(await tokenOf(who), method, path, body, headers),
    /** Every mail that was written, in order. */
    async mails() {
      const rows = await ctx.db.select().from(mails).orderBy(mails.created_at, mails.id);
      return Promise.all(
        rows.map(async ({ id, kind, content }) => ({
          kind,
          ...MailContent.parse(JSON.parse(await ctx.seal.open(mailPurpose(id), content ?? ""))),
        })),
      );
    },
  };
}
