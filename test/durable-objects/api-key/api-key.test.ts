import { beforeEach, describe, expect, test } from "vitest";
import {
  ApiKey,
  FRESH_MS,
  KEEP_COUNTS_MS,
  SAVE_USE_MS,
  STALE_MS,
} from "../../../durable-objects/api-key/api-key.ts";
import type { Sql } from "../../../durable-objects/room/sql.ts";
import type { KeyStanding } from "../../../shared/auth/api-keys/read-key.ts";
import type { KeyUse } from "../../../shared/auth/api-keys/save-key-use.ts";
import { createLog } from "../../../shared/platform/log.ts";
import { memorySql } from "../../support/sqlite.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const HASH = "ab".repeat(32);
const IP = "192.0.2.7";
const ROOM = { kind: "collection", name: "doodles" } as const;

const GOOD: KeyStanding = {
  id: "key_1",
  scopes: ["market:read", "market:ingest", "alerts:read"],
  requests_per_minute: 50,
  expires_at: null,
  revoked: false,
  owner: {
    user_id: "usr_1",
    email: "ann@example.org",
    role: "trader",
    plan: "free",
    status: "active",
    version: 1,
    permissions: ["alerts:read", "market:read"],
    mfa_enabled: false,
    must_change_password: false,
  },
};

/** A gate over a Postgres that the test changes, stops and holds up. */
class Bench {
  now = START;
  postgres: KeyStanding | null = GOOD;
  away = false;
  loads = 0;
  /** While it is set, answers wait for it. */
  hold: Promise<void> | null = null;
  saved: KeyUse[] = [];
  closed: string[] = [];
  roomsAway = false;
  wakes = Number.POSITIVE_INFINITY;
  work: Promise<unknown>[] = [];
  readonly sql: Sql = memorySql();
  key = this.open();

  private open(): ApiKey {
    return new ApiKey({
      sql: this.sql,
      now: () => this.now,
      log: createLog("error", {}, undefined, () => {}),
      market_is_public: false,
      load: async () => {
        this.loads += 1;
        if (this.away) throw new Error("away");
        const seen = this.postgres;
        await this.hold;
        return seen;
      },
      saveUse: async (_id, use) => {
        if (this.away) throw new Error("away");
        this.saved.push(use);
      },
      closeSockets: async (place, key_id) => {
        if (this.roomsAway) throw new Error("away");
        this.closed.push(`${place.kind}:${place.name} ${key_id}`);
      },
      wakeAt: (time) => {
        this.wakes = time;
      },
      later: (work) => this.work.push(work),
    });
  }

  evict(): void {
    this.key = this.open();
  }

  check() {
    return this.key.check(HASH, IP);
  }

  /** Lets time go on to `time`, with the alarms that are due until then. */
  async until(time: number): Promise<void> {
    for (let alarms = 0; this.wakes <= time; alarms += 1) {
      if (alarms > 1000) throw new Error("the alarm does not come to rest");
      this.now = Math.max(this.now, this.wakes);
      this.wakes = Number.POSITIVE_INFINITY;
      await this.key.alarm();
    }
    this.now = time;
  }

  tables(): number {
    return this.sql.all("select name from sqlite_master").length;
  }
}

let at: Bench;
beforeEach(() => {
  at = new Bench();
});

describe("a key", () => {
  test("may do what its scopes name and its owner still may", async () => {
    expect(await at.check()).toMatchObject({
      ok: true,
      key_id: "key_1",
      scopes: ["market:read", "alerts:read"],
      rate_limit: { limit: 50, remaining: 49 },
    });
    at.postgres = { ...GOOD, owner: { ...GOOD.owner, permissions: ["alerts:read"] } };
    await at.key.changed();
    expect(await at.check()).toMatchObject({ ok: true, scopes: ["alerts:read"] });
  });

  test("that does not exist is refused, leaves nothing behind, and is not asked for at every knock", async () => {
    at.postgres = null;
    for (let i = 0; i < 5; i += 1) expect(await at.check()).toEqual({ ok: false, reason: "unknown" });
    await at.key.changed();
    await at.key.watch(ROOM);
    expect([at.tables(), at.loads, at.wakes]).toEqual([0, 1, Number.POSITIVE_INFINITY]);
    at.postgres = GOOD;
    expect(await at.check()).toMatchObject({ ok: true });
  });

  test.each([
    ["revoked", { ...GOOD, revoked: true }, "key_revoked"],
    ["expired", { ...GOOD, expires_at: START }, "key_expired"],
    [
      "of a suspended owner",
      { ...GOOD, owner: { ...GOOD.owner, status: "suspended" } },
      "account_not_active",
    ],
  ] as const)("%s is refused, and the reason told", async (_what, standing, reason) => {
    at.postgres = standing;
    expect(await at.check()).toEqual({ ok: false, reason });
  });

  test("ends on the millisecond of its expiry, without anybody asking Postgres", async () => {
    at.postgres = { ...GOOD, expires_at: START + 5000 };
    at.now = START + 4999;
    expect(await at.check()).toMatchObject({ ok: true });
    at.now = START + 5000;
    expect(await at.check()).toEqual({ ok: false, reason: "key_expired" });
    expect(at.loads).toBe(1);
  });

  test("that went with its account counts as revoked", async () => {
    await at.check();
    at.postgres = null;
    await at.key.changed();
    expect(await at.check()).toEqual({ ok: false, reason: "key_revoked" });
  });

  test("is held to the smaller of its own limit and what its owner's plan allows now", async () => {
    at.postgres = { ...GOOD, requests_per_minute: 600, owner: { ...GOOD.owner, plan: "premium" } };
    expect(await at.check()).toMatchObject({ rate_limit: { limit: 600 } });
    at.postgres = { ...GOOD, requests_per_minute: 600 };
    await at.key.changed();
    expect(await at.check()).toMatchObject({ rate_limit: { limit: 60 } });
  });

  test("over its limit is refused with its state, also after an eviction", async () => {
    at.postgres = { ...GOOD, requests_per_minute: 2 };
    await at.check();
    await at.check();
    const refused = { ok: false, reason: "rate_limited", rate_limit: { limit: 2, remaining: 0 } };
    expect(await at.check()).toMatchObject(refused);
    await at.until(START + KEEP_COUNTS_MS);
    at.evict();
    expect(await at.check()).toMatchObject(refused);
    await at.until(START + 61_000);
    expect(await at.check()).toMatchObject({ ok: true });
  });
});

describe("what the gate knows", () => {
  test("is taken as it is while fresh, then read anew beside the answer, then before it", async () => {
    await at.check();
    await at.until(START + FRESH_MS);
    await at.check();
    expect(at.loads).toBe(1);

    at.postgres = { ...GOOD, revoked: true };
    await at.until(START + FRESH_MS + 1);
    expect(await at.check()).toMatchObject({ ok: true });
    await Promise.all(at.work);
    expect(await at.check()).toEqual({ ok: false, reason: "key_revoked" });

    const other = new Bench();
    await other.check();
    other.postgres = { ...GOOD, revoked: true };
    await other.until(START + STALE_MS + 1);
    expect(await other.check()).toEqual({ ok: false, reason: "key_revoked" });
  });

  test("lasts while Postgres is away, over evictions too", async () => {
    await at.check();
    at.away = true;
    for (let minutes = 1; minutes < 120; minutes += 30) {
      await at.until(START + minutes * 60_000);
      at.evict();
      expect(await at.check()).toMatchObject({ ok: true, scopes: ["market:read", "alerts:read"] });
    }
  });

  test("makes nobody wait for a Postgres that has failed before, and is renewed once it answers", async () => {
    await at.check();
    at.away = true;
    await at.until(START + STALE_MS + 1);
    await at.check();
    at.away = false;
    at.hold = new Promise(() => {});
    await at.until(START + STALE_MS + 10_000);
    expect(await at.check()).toMatchObject({ ok: true });

    const other = new Bench();
    await other.check();
    other.away = true;
    await other.until(START + STALE_MS + 1);
    await other.check();
    other.away = false;
    other.postgres = { ...GOOD, revoked: true };
    await other.until(START + STALE_MS + 10_000);
    await other.check();
    await Promise.all(other.work);
    expect(await other.check()).toEqual({ ok: false, reason: "key_revoked" });
  });

  test("is nothing while Postgres is away from the start: nobody can say", async () => {
    at.away = true;
    expect(await at.check()).toEqual({ ok: false, reason: "unavailable" });
    expect(at.tables()).toBe(0);
    at.away = false;
    expect(await at.check()).toMatchObject({ ok: true });
  });

  test("counts no more once something changed that cannot be read: nobody gets in until it can", async () => {
    await at.check();
    at.away = true;
    at.postgres = { ...GOOD, revoked: true };
    await at.key.changed();
    expect(await at.check()).toEqual({ ok: false, reason: "unavailable" });
    at.evict();
    expect(await at.check()).toEqual({ ok: false, reason: "unavailable" });
    at.away = false;
    expect(await at.check()).toEqual({ ok: false, reason: "key_revoked" });
  });

  test("is not what was read before a change that came meanwhile", async () => {
    await at.check();
    await at.until(START + STALE_MS + 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    at.hold = promise;
    const slow = at.check();
    at.postgres = { ...GOOD, revoked: true };
    const told = at.key.changed();
    resolve();
    await told;
    await slow;
    expect(await at.check()).toEqual({ ok: false, reason: "key_revoked" });
  });

  test("of a revoked key is final: Postgres is asked no more, however often it knocks", async () => {
    at.postgres = { ...GOOD, revoked: true };
    await at.check();
    for (let i = 1; i < 10; i += 1) {
      await at.until(START + i * 60_000);
      await at.check();
    }
    expect(at.loads).toBe(1);
  });
});

describe("the last use", () => {
  test("is written soon after the first request, then once a minute at most", async () => {
    for (let s = 0; s < 180; s += 1) {
      await at.until(START + s * 1000);
      at.postgres = { ...GOOD, requests_per_minute: 1000, owner: { ...GOOD.owner, plan: "premium" } };
      await at.check();
    }
    expect(at.saved.length).toBeGreaterThanOrEqual(3);
    expect(at.saved.length).toBeLessThanOrEqual(4);
    expect(at.saved[0]?.ip).toBe(IP);
    await at.until(START + 180_000 + SAVE_USE_MS);
    expect(at.saved.at(-1)?.used_at).toBe(START + 179_000);
  });

  test("waits for Postgres, over an eviction too, and is written once", async () => {
    await at.check();
    at.away = true;
    await at.until(START + 10_000);
    at.evict();
    at.away = false;
    await at.key.alarm();
    await at.until(START + 10 * SAVE_USE_MS);
    expect(at.saved).toEqual([{ used_at: START, ip: IP }]);
  });
});

describe("the sockets of a key", () => {
  beforeEach(async () => {
    at.postgres = { ...GOOD, expires_at: START + 600_000 };
    await at.check();
    await at.key.watch(ROOM);
    await at.key.watch({ kind: "relay", name: "3" });
  });

  test("stay open while it may watch", async () => {
    await at.until(START + 599_999);
    expect(at.closed).toEqual([]);
  });

  test("close when it is revoked, before the revocation is answered", async () => {
    at.postgres = { ...GOOD, revoked: true };
    await at.key.changed();
    expect(at.closed.sort()).toEqual(["collection:doodles key_1", "relay:3 key_1"]);
  });

  test("close when it expires, also after an eviction", async () => {
    at.evict();
    await at.until(START + 600_000);
    expect(at.closed).toHaveLength(2);
  });

  test("close when its owner may not watch any more", async () => {
    at.postgres = { ...GOOD, owner: { ...GOOD.owner, permissions: ["alerts:read"] } };
    await at.key.changed();
    expect(at.closed).toHaveLength(2);
  });

  test("are tried again where a room does not answer", async () => {
    at.roomsAway = true;
    at.postgres = { ...GOOD, revoked: true };
    await at.key.changed();
    expect(at.closed).toEqual([]);
    at.roomsAway = false;
    await at.until(START + 60_000);
    expect(at.closed).toHaveLength(2);
  });
});
