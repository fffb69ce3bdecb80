import { expect, test } from "vitest";
import {
  Account,
  FRESH_MS,
  RETRY_MS,
  SAVE_USE_MS,
  STALE_MS,
} from "../../../durable-objects/account/account.ts";
import type { LiveSession } from "../../../shared/auth/sessions/read-live-sessions.ts";
import type { SessionUse } from "../../../shared/auth/sessions/save-session-use.ts";
import type { AccountAccess, SocketPlace } from "../../../shared/contracts/accounts.ts";
import { createLog } from "../../../shared/platform/log.ts";
import { memorySql } from "../../support/sqlite.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;
const IDLE_MS = 7 * DAY_MS;
const USER = "usr_1";
const ROOM: SocketPlace = { kind: "collection", name: "punks" };
const RELAY: SocketPlace = { kind: "relay", name: "relay-1" };

/** A gate over a database that the test writes, with a clock that the test moves. */
function gateOf() {
  const clock = { now: START };
  const database = {
    access: {
      user_id: USER,
      email: "ann@example.org",
      role: "trader",
      plan: "free",
      status: "active",
      version: 1,
      permissions: ["market:read"],
      mfa_enabled: false,
      must_change_password: false,
    } as AccountAccess | null,
    sessions: new Map<string, LiveSession>(),
    away: false,
    looks: 0,
    saved: [] as SessionUse[][],
  };
  const closed: string[] = [];
  const wakes: number[] = [];
  const background: Promise<unknown>[] = [];
  let roomsAway = false;
  /** Held answers of the database, in the order of the questions. */
  let held: (() => void)[] | null = null;
  const sql = memorySql();
  const reach = () => {
    if (database.away) throw new Error("away");
  };
  const open = () =>
    new Account({
      sql,
      now: () => clock.now,
      log: createLog("error", {}, undefined, () => {}),
      idle_ms: IDLE_MS,
      market_is_public: false,
      load: async () => {
        database.looks += 1;
        reach();
        const answer = structuredClone({
          access: database.access,
          sessions: [...database.sessions.values()],
        });
        if (held !== null) await new Promise<void>((resolve) => held?.push(resolve));
        return answer;
      },
      saveUse: async (uses) => {
        reach();
        database.saved.push(uses);
      },
      closeSockets: async (place, session_id) => {
        if (roomsAway) throw new Error("away");
        closed.push(`${place.kind}:${place.name}:${session_id}`);
      },
      wakeAt: (time) => wakes.push(time),
      later: (work) => background.push(work),
    });
  let account = open();
  const openSession = (id = "ses_1") => {
    database.sessions.set(id, {
      id,
      last_used_at: clock.now,
      expires_at: clock.now + 30 * DAY_MS,
      mfa_at: null,
    });
    return id;
  };
  const setAccess = (change: Partial<AccountAccess>) => {
    if (database.access) database.access = { ...database.access, ...change };
  };
  return {
    clock,
    database,
    closed,
    background,
    openSession,
    setAccess,
    get account() {
      return account;
    },
    /** Drops everything but the storage, as an eviction does. */
    evict: () => {
      account = open();
    },
    check: async (session = "ses_1", version = 1) => {
      const { ok, ...rest } = await account.check(USER, session, version);
      return ok ? "ok" : "reason" in rest ? rest.reason : "";
    },
    changed: () => account.changed(USER),
    wakesAt: () => wakes.at(-1),
    setRoomsAway: (is: boolean) => {
      roomsAway = is;
    },
    /** From now on the database's answers wait until they are let go. */
    hold: () => {
      const waiting: (() => void)[] = [];
      held = waiting;
      return {
        waiting,
        letGo: () => {
          held = null;
          for (const go of waiting) go();
        },
      };
    },
  };
}

test("a live session of an active account may act, and is told what it may do", async () => {
  const gate = gateOf();
  gate.openSession();
  expect(await gate.account.check(USER, "ses_1", 1)).toMatchObject({
    ok: true,
    session_id: "ses_1",
    expires_at: START + IDLE_MS,
    mfa_at: null,
    access: { user_id: USER, role: "trader", permissions: ["market:read"] },
  });
});

test.each(["pending", "inactive", "suspended", "locked"] as const)(
  "an account that is %s may not act",
  async (status) => {
    const gate = gateOf();
    gate.openSession();
    gate.setAccess({ status });
    expect(await gate.check()).toBe("account_not_active");
  },
);

test("an ended session is refused as soon as the gate is told, and never asks Postgres again", async () => {
  const gate = gateOf();
  gate.openSession();
  expect(await gate.check()).toBe("ok");
  gate.database.sessions.delete("ses_1");
  expect(await gate.check()).toBe("ok");
  await gate.changed();
  const { looks } = gate.database;
  for (let i = 0; i < 20; i += 1) expect(await gate.check()).toBe("session_ended");
  expect(gate.database.looks).toBe(looks);
});

test("a token of another version is refused, and that of a newer one is looked up first", async () => {
  const gate = gateOf();
  gate.openSession();
  expect(await gate.check()).toBe("ok");
  gate.setAccess({ version: 2 });
  // Nobody told the gate: a token that says 2 is news.
  expect(await gate.check("ses_1", 2)).toBe("ok");
  expect(await gate.check("ses_1", 1)).toBe("access_changed");
});

test("a session that was opened since the last look is found at once", async () => {
  const gate = gateOf();
  gate.openSession();
  expect(await gate.check()).toBe("ok");
  gate.openSession("ses_2");
  expect(await gate.check("ses_2")).toBe("ok");
});

test("a deleted account may not act", async () => {
  const gate = gateOf();
  gate.openSession();
  expect(await gate.check()).toBe("ok");
  gate.database.access = null;
  gate.database.sessions.clear();
  await gate.changed();
  expect(await gate.check()).toBe("session_ended");
});

test("Postgres is asked once for many checks within five seconds, then beside the answer", async () => {
  const gate = gateOf();
  gate.openSession();
  for (let i = 0; i < 50; i += 1) await gate.check();
  expect(gate.database.looks).toBe(1);
  gate.clock.now += FRESH_MS + 1;
  gate.database.sessions.delete("ses_1");
  const held = gate.hold();
  expect(await gate.check()).toBe("ok");
  expect(gate.database.looks).toBe(2);
  held.letGo();
  await Promise.all(gate.background);
  expect(await gate.check()).toBe("session_ended");
});

test("what nobody told the gate counts for ten seconds at most", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.database.sessions.delete("ses_1");
  gate.clock.now += STALE_MS + 1;
  expect(await gate.check()).toBe("session_ended");
});

test("fifty first checks at once ask Postgres once or twice", async () => {
  const gate = gateOf();
  gate.openSession();
  const answers = await Promise.all(Array.from({ length: 50 }, () => gate.check()));
  expect(new Set(answers)).toEqual(new Set(["ok"]));
  expect(gate.database.looks).toBeLessThanOrEqual(2);
});

test("an answer of Postgres from before a change does not undo the change", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.clock.now += FRESH_MS + 1;
  const held = gate.hold();
  await gate.check();
  expect(held.waiting).toHaveLength(1);
  gate.database.sessions.delete("ses_1");
  const changed = gate.changed();
  held.letGo();
  await changed;
  expect(await gate.check()).toBe("session_ended");
});

test("an answer from before a change does not stand for the change where Postgres goes away in between", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.clock.now += FRESH_MS + 1;
  const held = gate.hold();
  await gate.check();
  gate.database.sessions.delete("ses_1");
  const changed = gate.changed();
  gate.database.away = true;
  held.letGo();
  await changed;
  expect(await gate.check()).toBe("unavailable");
});

test("while Postgres is away it goes on with what it has, also after an eviction, and asks each five seconds", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.database.away = true;
  gate.clock.now += 60_000;
  expect(await gate.check()).toBe("ok");
  gate.evict();
  expect(await gate.check()).toBe("ok");
  const { looks } = gate.database;
  for (let i = 0; i < 20; i += 1) await gate.check();
  expect(gate.database.looks).toBe(looks);
  gate.clock.now += RETRY_MS;
  await gate.check();
  expect(gate.database.looks).toBe(looks + 1);
});

test("what ended before stays ended through an eviction while Postgres is away", async () => {
  const gate = gateOf();
  gate.openSession();
  gate.openSession("ses_2");
  await gate.check();
  gate.database.sessions.delete("ses_1");
  await gate.changed();
  gate.database.away = true;
  gate.evict();
  expect(await gate.check("ses_2")).toBe("ok");
  // It may be a new one, for all that is known now: nobody is let in on a guess.
  expect(await gate.check("ses_1")).toBe("unavailable");
});

test("a change that cannot be read yet lets nobody act, also after an eviction, until it is read", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.database.away = true;
  gate.database.sessions.delete("ses_1");
  await gate.changed();
  expect(await gate.check()).toBe("unavailable");
  expect(gate.wakesAt()).toBe(START + RETRY_MS);
  gate.evict();
  expect(await gate.check()).toBe("unavailable");
  gate.database.away = false;
  gate.clock.now += RETRY_MS;
  await gate.account.alarm();
  expect(await gate.check()).toBe("session_ended");
});

test("a gate that knows nothing yet says so while Postgres is away", async () => {
  const gate = gateOf();
  gate.openSession();
  gate.database.away = true;
  expect(await gate.check()).toBe("unavailable");
  gate.database.away = false;
  expect(await gate.check()).toBe("ok");
});

test("a session that is not used for seven days has expired, and each use begins them anew", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.clock.now += IDLE_MS - 1;
  expect(await gate.check()).toBe("ok");
  gate.clock.now += IDLE_MS - 1;
  expect(await gate.check()).toBe("ok");
  gate.clock.now += IDLE_MS;
  expect(await gate.check()).toBe("session_expired");
});

test("a use that only Postgres knows of, such as a refresh, counts", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.clock.now += IDLE_MS - 1000;
  const session = gate.database.sessions.get("ses_1");
  if (session) session.last_used_at = gate.clock.now;
  gate.clock.now += 1000;
  expect(await gate.check()).toBe("ok");
});

test("a session that seems to have run out is looked up first, also where the last look is fresh", async () => {
  const gate = gateOf();
  gate.openSession();
  gate.setAccess({ version: 2 });
  gate.clock.now += IDLE_MS - 2000;
  expect(await gate.check("ses_1", 1)).toBe("access_changed");
  // The refresh that this asks for.
  const session = gate.database.sessions.get("ses_1");
  if (session) session.last_used_at = gate.clock.now;
  gate.clock.now += 3000;
  expect(await gate.check("ses_1", 2)).toBe("ok");
});

test("a session expires at its absolute end, however it is used", async () => {
  const gate = gateOf();
  gate.openSession();
  for (let day = 0; day < 29; day += 1) {
    expect(await gate.check()).toBe("ok");
    gate.clock.now += DAY_MS;
  }
  gate.clock.now += DAY_MS;
  expect(await gate.check()).toBe("session_expired");
});

test("use is written to Postgres once a minute, not with the request, and again where that failed", async () => {
  const gate = gateOf();
  gate.openSession();
  for (let second = 0; second < 60; second += 1) {
    await gate.check();
    gate.clock.now += 1000;
  }
  expect(gate.database.saved).toEqual([]);
  expect(gate.wakesAt()).toBe(START + SAVE_USE_MS);
  gate.database.away = true;
  await gate.account.alarm();
  gate.evict();
  gate.database.away = false;
  gate.clock.now += SAVE_USE_MS;
  await gate.account.alarm();
  expect(gate.database.saved).toEqual([[{ id: "ses_1", used_at: START + 50_000 }]]);
  await gate.account.alarm();
  expect(gate.database.saved).toHaveLength(1);
});

test("a refused check is no use of the session", async () => {
  const gate = gateOf();
  gate.openSession();
  gate.setAccess({ version: 2 });
  expect(await gate.check("ses_1", 1)).toBe("access_changed");
  gate.clock.now += SAVE_USE_MS;
  await gate.account.alarm();
  expect(gate.database.saved).toEqual([]);
});

test("sockets close where they are when their session ends, and no others", async () => {
  const gate = gateOf();
  gate.openSession();
  gate.openSession("ses_2");
  await gate.check();
  await gate.account.watch("ses_1", ROOM);
  await gate.account.watch("ses_1", RELAY);
  await gate.account.watch("ses_2", ROOM);
  gate.database.sessions.delete("ses_1");
  await gate.changed();
  expect(gate.closed.sort()).toEqual(["collection:punks:ses_1", "relay:relay-1:ses_1"]);
  await gate.changed();
  expect(gate.closed).toHaveLength(2);
});

test.each<[string, Partial<AccountAccess>]>([
  ["is suspended", { status: "suspended" }],
  ["may not read the market any more", { permissions: [] }],
])("sockets close when the account %s", async (_, change) => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  await gate.account.watch("ses_1", ROOM);
  gate.setAccess(change);
  await gate.changed();
  expect(gate.closed).toEqual(["collection:punks:ses_1"]);
});

test("sockets stay open through a change that takes nothing from them", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  await gate.account.watch("ses_1", ROOM);
  gate.setAccess({ version: 2, role: "viewer" });
  await gate.changed();
  expect(gate.closed).toEqual([]);
});

test("sockets close when their session expires, by an alarm that outlives an eviction", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.clock.now += SAVE_USE_MS;
  await gate.account.alarm();
  await gate.account.watch("ses_1", ROOM);
  expect(gate.wakesAt()).toBe(START + IDLE_MS);
  gate.evict();
  gate.database.away = true;
  gate.clock.now = START + IDLE_MS;
  await gate.account.alarm();
  expect(gate.closed).toEqual(["collection:punks:ses_1"]);
});

test("a socket that opens while its session ends is closed too", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  gate.database.sessions.delete("ses_1");
  await gate.changed();
  await gate.account.watch("ses_1", ROOM);
  expect(gate.closed).toEqual(["collection:punks:ses_1"]);
});

test("a room that does not answer is asked again until its sockets are closed", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  await gate.account.watch("ses_1", ROOM);
  gate.database.sessions.delete("ses_1");
  gate.setRoomsAway(true);
  await gate.changed();
  expect(gate.wakesAt()).toBe(START + RETRY_MS);
  gate.setRoomsAway(false);
  gate.evict();
  gate.clock.now += RETRY_MS;
  await gate.account.alarm();
  expect(gate.closed).toEqual(["collection:punks:ses_1"]);
});

test("a ticket opens once, within its time, also after an eviction", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  const ticket = await gate.account.issueTicket("ses_1", 30_000);
  gate.evict();
  expect(await gate.account.redeemTicket(ticket)).toEqual({ session_id: "ses_1", version: 1 });
  expect(await gate.account.redeemTicket(ticket)).toBeNull();
  const late = await gate.account.issueTicket("ses_1", 30_000);
  gate.clock.now += 30_000;
  expect(await gate.account.redeemTicket(late)).toBeNull();
});

test("of twenty who redeem one ticket at once, one gets it", async () => {
  const gate = gateOf();
  gate.openSession();
  await gate.check();
  const ticket = await gate.account.issueTicket("ses_1", 30_000);
  const got = await Promise.all(Array.from({ length: 20 }, () => gate.account.redeemTicket(ticket)));
  expect(got.filter((session) => session !== null)).toHaveLength(1);
});

test("a ticket for a gate that was never told anything leaves nothing in its storage", async () => {
  const sql = memorySql();
  const account = new Account({
    sql,
    now: () => START,
    log: createLog("error", {}, undefined, () => {}),
    idle_ms: IDLE_MS,
    market_is_public: false,
    load: async () => ({ access: null, sessions: [] }),
    saveUse: async () => {},
    closeSockets: async () => {},
    wakeAt: () => {},
    later: () => {},
  });
  expect(await account.redeemTicket("x".repeat(43))).toBeNull();
  expect(sql.all("select name from sqlite_master")).toEqual([]);
});
