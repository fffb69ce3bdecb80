import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { createUser } from "../../../../shared/auth/create-user.ts";
import { endSessions } from "../../../../shared/auth/sessions/end-sessions.ts";
import { openSession } from "../../../../shared/auth/sessions/open-session.ts";
import { verifyAccessToken } from "../../../../shared/auth/tokens/verify-access-token.ts";
import { audit_log, mails, refresh_tokens, sessions, users } from "../../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../../shared/platform/ctx.ts";
import { refreshSession } from "../../../../workers/auth/sessions/refresh-session.ts";
import { testCtx } from "../../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

/** A context whose clock the test moves, and the accounts whose gates were told of a change. */
function clockedCtx(backend: Backend) {
  const clock = { now: START };
  const told: string[] = [];
  const sent: unknown[] = [];
  const nothing = () => {
    throw new Error("not expected");
  };
  const ctx: Ctx = testCtx({
    db: backend.db,
    transact: backend.transact,
    now: () => clock.now,
    gates: {
      account: () => ({
        check: nothing,
        changed: async (user_id) => {
          told.push(user_id);
        },
        watch: nothing,
        issueTicket: nothing,
        redeemTicket: nothing,
      }),
      apiKey: nothing,
      login: nothing,
    },
    queue: { send: async (message) => sent.push(message) },
    later: () => {},
  });
  return { ctx, clock, told, sent };
}

describeOnEachBackend("refreshing a session", (backend) => {
  let at: ReturnType<typeof clockedCtx>;
  let user: typeof users.$inferSelect;
  beforeEach(async () => {
    at = clockedCtx(backend);
    user = await backend.transact((tx) =>
      createUser(tx, at.ctx, {
        email: "ann@example.org",
        name: "Ann",
        role: "trader",
        plan: "free",
        status: "active",
        password_hash: null,
        email_verified: true,
      }),
    );
  });
  const open = () =>
    backend.transact((tx) =>
      openSession(tx, at.ctx, { user_id: user.id, methods: ["pwd"], mfa: false, device_id: null }),
    );
  const refresh = (token: string) => refreshSession(at.ctx, token);
  const tokensOf = (session_id: string) =>
    backend.db.select().from(refresh_tokens).where(eq(refresh_tokens.session_id, session_id));
  const setUser = (values: Partial<typeof users.$inferInsert>) =>
    backend.db.update(users).set(values).where(eq(users.id, user.id));

  test("twenty refreshes of one token at once are all given the same successor, and there is one", async () => {
    const { session_id, refresh_token } = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(answers[0]?.refresh_token).not.toBe(refresh_token);
    expect(await tokensOf(session_id)).toHaveLength(2);
  });

  test("a used token is answered with the same successor for ten seconds", async () => {
    const { refresh_token } = await open();
    const first = await refresh(refresh_token);
    at.clock.now += 10_000;
    expect((await refresh(refresh_token)).refresh_token).toBe(first.refresh_token);
  });

  test("a tab that comes within ten seconds is given the newest token, also where another has refreshed twice", async () => {
    const { session_id, refresh_token } = await open();
    const first = await refresh(refresh_token);
    at.clock.now += 3000;
    const second = await refresh(first.refresh_token);
    at.clock.now += 3000;
    expect((await refresh(refresh_token)).refresh_token).toBe(second.refresh_token);
    expect(await tokensOf(session_id)).toHaveLength(3);
    at.clock.now += DAY_MS;
    expect((await refresh(second.refresh_token)).token_type).toBe("Bearer");
  });

  test("a token whose answer was lost is exchanged again, for as long as it was good, and once more", async () => {
    const { session_id, refresh_token } = await open();
    const lost = await refresh(refresh_token);
    at.clock.now += 60_000;
    const lostToo = await refresh(refresh_token);
    at.clock.now += 3 * DAY_MS;
    const arrived = await refresh(refresh_token);
    expect(new Set([lost, lostToo, arrived].map((one) => one.refresh_token)).size).toBe(3);
    at.clock.now += 60_000;
    expect((await refresh(arrived.refresh_token)).token_type).toBe("Bearer");
    expect(await backend.db.select().from(mails)).toHaveLength(0);
    expect(await backend.db.select().from(sessions)).toMatchObject([{ id: session_id, ended_at: null }]);
  });

  test("an answer that was only late is good too, as long as no other successor was used", async () => {
    const { refresh_token } = await open();
    const late = await refresh(refresh_token);
    at.clock.now += 60_000;
    await refresh(refresh_token);
    expect((await refresh(late.refresh_token)).token_type).toBe("Bearer");
  });

  test("two successors of one token that are both used are in two hands: the session ends", async () => {
    const { session_id, refresh_token } = await open();
    const owner = await refresh(refresh_token);
    at.clock.now += 60_000;
    const thief = await refresh(refresh_token);
    const next = await refresh(owner.refresh_token);
    await expect(refresh(thief.refresh_token)).rejects.toMatchObject({
      code: "session_ended",
      message: expect.stringContaining("was used before"),
    });
    await expect(refresh(next.refresh_token)).rejects.toMatchObject({ code: "session_ended" });
    expect(await backend.db.select().from(sessions)).toMatchObject([
      { id: session_id, end_reason: "refresh_reused" },
    ]);
    expect(await backend.db.select().from(mails)).toMatchObject([{ kind: "refresh_reused" }]);
  });

  test("of two successors that are used at the same moment one is let through, and the session ends", async () => {
    const { refresh_token } = await open();
    const one = await refresh(refresh_token);
    at.clock.now += 60_000;
    const other = await refresh(refresh_token);
    const outcomes = await Promise.allSettled([one, other].map((each) => refresh(each.refresh_token)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await backend.db.select().from(sessions)).toMatchObject([{ end_reason: "refresh_reused" }]);
  });

  test("twenty who ask again at once are given the same successor, and there is one more", async () => {
    const { session_id, refresh_token } = await open();
    await refresh(refresh_token);
    at.clock.now += 60_000;
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1);
    expect(await tokensOf(session_id)).toHaveLength(3);
    expect((await refresh(answers.at(-1)?.refresh_token ?? "")).token_type).toBe("Bearer");
  });

  test("a used token is not exchanged again for another program than the session's", async () => {
    const { refresh_token } = await open();
    await refresh(refresh_token);
    at.clock.now += 60_000;
    at.ctx.client = { ip: "192.0.2.66", user_agent: "curl/8.5.0" };
    await expect(refresh(refresh_token)).rejects.toMatchObject({ code: "session_ended" });
    expect(await backend.db.select().from(mails)).toMatchObject([{ kind: "refresh_reused" }]);
  });

  test("a used token that comes after its successor was used ends the session, is audited and tells the owner, once", async () => {
    const { session_id, refresh_token } = await open();
    const first = await refresh(refresh_token);
    const { refresh_token: current } = await refresh(first.refresh_token);
    at.clock.now += 10_001;
    await expect(refresh(refresh_token)).rejects.toMatchObject({
      code: "session_ended",
      message: expect.stringContaining("was used before"),
    });
    await expect(refresh(current)).rejects.toMatchObject({ code: "session_ended" });
    await expect(refresh(refresh_token)).rejects.toMatchObject({ code: "session_ended" });
    expect(await backend.db.select().from(sessions)).toMatchObject([
      { id: session_id, end_reason: "refresh_reused" },
    ]);
    expect(await backend.db.select().from(audit_log)).toMatchObject([
      { action: "session.refresh_reused", target_id: session_id },
    ]);
    expect(await backend.db.select().from(mails)).toMatchObject([{ kind: "refresh_reused" }]);
    expect(at.told).toEqual([user.id]);
  });

  test("a thief who keeps an older token ends only the session that it is of", async () => {
    const stolen = await open();
    const other = await open();
    await refresh((await refresh(stolen.refresh_token)).refresh_token);
    at.clock.now += 60_000;
    await expect(refresh(stolen.refresh_token)).rejects.toMatchObject({ code: "session_ended" });
    expect((await refresh(other.refresh_token)).token_type).toBe("Bearer");
  });

  test("twenty who come with a stolen token at once cause one mail and one audit row", async () => {
    const { refresh_token } = await open();
    await refresh((await refresh(refresh_token)).refresh_token);
    at.clock.now += 60_000;
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => refresh(refresh_token)));
    expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
    expect(await backend.db.select().from(mails)).toHaveLength(1);
    expect(await backend.db.select().from(audit_log)).toHaveLength(1);
  });

  test("the access token carries the role and version that the account has now", async () => {
    const { session_id, refresh_token } = await open();
    await setUser({ role: "viewer", access_version: 7 });
    const { access_token, expires_in } = await refresh(refresh_token);
    expect(expires_in).toBe(1800);
    expect(await verifyAccessToken(at.ctx, access_token)).toMatchObject({
      sub: user.id,
      sid: session_id,
      role: "viewer",
      ver: 7,
    });
  });

  test("a session that is not used for seven days is over, and a refresh counts as use", async () => {
    const { refresh_token } = await open();
    at.clock.now += 6 * DAY_MS;
    const next = await refresh(refresh_token);
    at.clock.now += 6 * DAY_MS;
    const last = await refresh(next.refresh_token);
    at.clock.now += 7 * DAY_MS;
    await expect(refresh(last.refresh_token)).rejects.toMatchObject({
      code: "session_ended",
      message: expect.stringContaining("run out"),
    });
  });

  test("a session is over thirty days after its log-in, however it is used", async () => {
    let { refresh_token } = await open();
    for (let day = 0; day < 25; day += 5) {
      at.clock.now += 5 * DAY_MS;
      ({ refresh_token } = await refresh(refresh_token));
    }
    at.clock.now += 5 * DAY_MS;
    await expect(refresh(refresh_token)).rejects.toMatchObject({ code: "session_ended" });
  });

  test.each(["pending", "inactive", "suspended", "locked"] as const)(
    "an account that is %s gets no tokens",
    async (status) => {
      const { refresh_token } = await open();
      await setUser({ status });
      await expect(refresh(refresh_token)).rejects.toMatchObject({
        code: "session_ended",
        message: "This account is not active.",
      });
    },
  );

  test("an ended session gets no tokens, also within ten seconds of a refresh", async () => {
    const { session_id, refresh_token } = await open();
    await refresh(refresh_token);
    await backend.transact((tx) =>
      endSessions(tx, at.ctx, { user_id: user.id, only: session_id, reason: "logout" }),
    );
    await expect(refresh(refresh_token)).rejects.toMatchObject({ code: "session_ended" });
    expect(await backend.db.select().from(mails)).toHaveLength(0);
  });

  test("what is no refresh token of ours is refused, and so is an access token", async () => {
    const { refresh_token } = await open();
    const { access_token } = await refresh(refresh_token);
    await expect(refresh("A".repeat(43))).rejects.toMatchObject({ code: "unauthorized" });
    await expect(refresh(access_token)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("no token is stored as it is", async () => {
    const { refresh_token } = await open();
    const next = await refresh(refresh_token);
    const stored = JSON.stringify(await backend.db.select().from(refresh_tokens));
    expect(stored).not.toContain(refresh_token);
    expect(stored).not.toContain(next.refresh_token);
  });

  test("beyond the plan's twenty sessions the oldest end", async () => {
    const opened: string[] = [];
    for (let i = 0; i < 20; i += 1) {
      at.clock.now += 1000;
      opened.push((await open()).session_id);
    }
    at.clock.now += 1000;
    expect((await open()).evicted).toBe(1);
    const ended = (await backend.db.select().from(sessions)).filter((row) => row.ended_at !== null);
    expect(ended).toMatchObject([{ id: opened[0], end_reason: "too_many" }]);
  });

  test("thirty log-ins at once leave no more sessions than the plan has", async () => {
    await Promise.all(Array.from({ length: 30 }, open));
    const live = (await backend.db.select().from(sessions)).filter((row) => row.ended_at === null);
    expect(live).toHaveLength(20);
  });
});
