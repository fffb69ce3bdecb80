import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createUser } from "../../../shared/auth/create-user.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { openSession } from "../../../shared/auth/sessions/open-session.ts";
import { api_keys, refresh_tokens, sessions, signing_keys } from "../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { sweepAccounts } from "../../../workers/auth/sweep/sweep-accounts.ts";
import { testCtx } from "../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";

/** A minute in which old rows are looked for. */
const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function sweeper(backend: Backend) {
  const clock = { now: START };
  const told: string[] = [];
  const unexpected = () => {
    throw new Error("not expected");
  };
  const account = (name: string) => ({
    check: unexpected,
    changed: async () => {
      told.push(name);
      if (name === "usr_broken") throw new Error("this gate does not answer");
    },
    watch: unexpected,
    issueTicket: unexpected,
    redeemTicket: unexpected,
  });
  const ctx: Ctx = testCtx({
    db: backend.db,
    transact: backend.transact,
    now: () => clock.now,
    gates: {
      account,
      apiKey: (key_hash) => ({
        check: unexpected,
        changed: async () => void told.push(key_hash),
        watch: unexpected,
      }),
      login: unexpected,
    },
  });
  const aUser = (email: string) =>
    backend.transact((tx) =>
      createUser(tx, ctx, {
        email,
        name: null,
        role: "trader",
        plan: "free",
        status: "active",
        password_hash: null,
        email_verified: true,
      }),
    );
  const open = (user_id: string) =>
    backend.transact((tx) =>
      openSession(tx, ctx, { user_id, methods: ["pwd"], mfa: false, device_id: null }),
    );
  const tick = async () => {
    told.length = 0;
    await sweepAccounts(ctx);
    return [...told].sort();
  };
  return { ctx, clock, aUser, open, tick };
}

describeOnEachBackend("the sweep of accounts", (backend) => {
  test("tells gates again of what changed within five minutes, and of nothing else", async () => {
    const { ctx, clock, aUser, open, tick } = sweeper(backend);
    const [ann, bob] = [await aUser("ann@example.org"), await aUser("bob@example.org")];
    const { session_id } = await open(ann.id);
    clock.now += 6 * MINUTE_MS;
    expect(await tick()).toEqual([]);
    await backend.transact((tx) =>
      endSessions(tx, ctx, { user_id: ann.id, only: session_id, reason: "logout" }),
    );
    await backend.db.execute(
      sql`update users set updated_at = ${new Date(clock.now).toISOString()} where id = ${bob.id}`,
    );
    expect(await tick()).toEqual([ann.id, bob.id].sort());
    clock.now += 6 * MINUTE_MS;
    expect(await tick()).toEqual([]);
  });

  test("tells the gate of a key that was just revoked, whose sockets would stay open otherwise", async () => {
    const { clock, aUser, tick } = sweeper(backend);
    const ann = await aUser("ann@example.org");
    const at = new Date(clock.now).toISOString();
    const key = { user_id: ann.id, name: "k", prefix: "xs_live_abcd", scopes: [], requests_per_minute: 60 };
    await backend.db.insert(api_keys).values([
      { id: "key_1", key_hash: "ended", ...key, created_at: at, revoked_at: at },
      { id: "key_2", key_hash: "ended-long-ago", ...key, created_at: at, revoked_at: "2020-01-01T00:00:00Z" },
    ]);
    expect(await tick()).toContain("ended");
    clock.now += 6 * MINUTE_MS;
    expect(await tick()).toEqual([]);
  });

  test("a gate that does not answer stops no other", async () => {
    const { aUser, tick } = sweeper(backend);
    const ann = await aUser("ann@example.org");
    await backend.db.execute(sql`update users set id = 'usr_broken' where id = ${ann.id}`);
    const bob = await aUser("bob@example.org");
    expect(await tick()).toEqual([bob.id, "usr_broken"].sort());
  });

  test("ends sessions whose time is over, idle ones a little late, and leaves the others", async () => {
    const { clock, aUser, open, tick } = sweeper(backend);
    const ann = await aUser("ann@example.org");
    const old = await open(ann.id);
    clock.now = START + 7 * DAY_MS;
    const young = await open(ann.id);
    await tick();
    const live = async () =>
      (await backend.db.select().from(sessions)).filter((row) => row.ended_at === null).map((row) => row.id);
    expect((await live()).sort()).toEqual([old.session_id, young.session_id].sort());
    clock.now += 10 * MINUTE_MS;
    await tick();
    expect(await live()).toEqual([young.session_id]);
  });

  test("removes what nobody can use any more, and keeps ended sessions for thirty days", async () => {
    const { ctx, clock, aUser, open, tick } = sweeper(backend);
    const ann = await aUser("ann@example.org");
    await open(ann.id);
    await backend.transact((tx) => endSessions(tx, ctx, { user_id: ann.id, reason: "logout" }));
    const at = new Date(START).toISOString();
    await backend.db.insert(signing_keys).values({
      kid: "old",
      algorithm: "ES256",
      public_jwk: "{}",
      private_jwk: "x",
      created_at: at,
      active_from: at,
      retires_at: at,
    });
    await tick();
    expect(await backend.db.select().from(refresh_tokens)).toHaveLength(1);
    expect(await backend.db.select().from(signing_keys)).toHaveLength(1);
    clock.now = START + 30 * DAY_MS;
    await tick();
    expect(await backend.db.select().from(refresh_tokens)).toHaveLength(0);
    expect(await backend.db.select().from(signing_keys)).toHaveLength(0);
    expect(await backend.db.select().from(sessions)).toHaveLength(1);
    clock.now += 10 * MINUTE_MS;
    await tick();
    expect(await backend.db.select().from(sessions)).toHaveLength(0);
  });
});
