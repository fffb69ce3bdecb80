import { expect, test } from "vitest";
import { issueAccessToken } from "../../../../shared/auth/tokens/issue-access-token.ts";
import { findPublicKey, publicKeys } from "../../../../shared/auth/tokens/key-ring.ts";
import { ANNOUNCE_MS, rotateSigningKeys } from "../../../../shared/auth/tokens/rotate-signing-keys.ts";
import { verifyAccessToken } from "../../../../shared/auth/tokens/verify-access-token.ts";
import { audit_log, signing_keys } from "../../../../shared/db/schema/index.ts";
import { parseConfig } from "../../../../shared/platform/config.ts";
import type { Ctx } from "../../../../shared/platform/ctx.ts";
import { TEST_SETTINGS, testCtx } from "../../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;
const user = { id: "usr_1", email: "ann@example.org", role: "trader", access_version: 1 } as const;

/** One isolate: its own copy of the keys, and how often it asked for them. */
function isolate(backend: Backend, clock: { now: number }) {
  const asked = { count: 0 };
  let away = false;
  const db = new Proxy(backend.db, {
    get(target, name, receiver) {
      if (name !== "select") return Reflect.get(target, name, receiver);
      asked.count += 1;
      if (away) throw new Error("away");
      return target.select.bind(target);
    },
  });
  const config = parseConfig(TEST_SETTINGS);
  const ctx: Ctx = testCtx({ config, db, transact: backend.transact, now: () => clock.now });
  const issue = async () => (await issueAccessToken(ctx, { user, session_id: "ses_1" })).access_token;
  const kidOf = (token: string) => JSON.parse(atob(token.split(".")[0] ?? "")).kid;
  return {
    ctx,
    asked,
    issue,
    signs: async () => kidOf(await issue()),
    verify: (token: string) => verifyAccessToken(ctx, token),
    shown: async () => (await publicKeys(ctx)).map((key) => key.kid),
    setAway: (is: boolean) => {
      away = is;
    },
  };
}

describeOnEachBackend("the signing keys", (backend) => {
  const rotate = (ctx: Ctx) => backend.transact((tx) => rotateSigningKeys(tx, ctx));

  test("twenty workers that start at once on an empty database make one key, and verify each other's tokens", async () => {
    const clock = { now: START };
    const isolates = Array.from({ length: 20 }, () => isolate(backend, clock));
    const tokens = await Promise.all(isolates.map((one) => one.issue()));
    expect(await backend.db.select().from(signing_keys)).toHaveLength(1);
    const [first, last] = [isolates[0], tokens.at(-1)];
    expect(await first?.verify(last ?? "")).toMatchObject({ sub: "usr_1" });
  });

  test("the private half is sealed, and the JWKS shows nothing of it", async () => {
    const one = isolate(backend, { now: START });
    await one.issue();
    const [row] = await backend.db.select().from(signing_keys);
    expect(row?.private_jwk).toMatch(/^xs1\./);
    expect(await publicKeys(one.ctx)).toEqual([
      {
        kty: "EC",
        crv: "P-256",
        x: expect.any(String),
        y: expect.any(String),
        kid: row?.kid,
        use: "sig",
        alg: "ES256",
      },
    ]);
  });

  test("a new key is shown for ten minutes before it signs, and the old one verifies until its last token has run out", async () => {
    const clock = { now: START };
    const one = isolate(backend, clock);
    const before = await one.signs();
    const { kid, active_from, previous } = await rotate(one.ctx);
    expect(Date.parse(active_from)).toBe(START + ANNOUNCE_MS);
    expect(previous?.kid).toBe(before);
    clock.now = START + 2 * MINUTE_MS;
    expect(await one.shown()).toEqual([kid, before]);
    expect(await one.signs()).toBe(before);
    clock.now = START + ANNOUNCE_MS - 1;
    // Another isolate, whose copy of the keys is a minute old at the worst.
    const late = isolate(backend, clock);
    await late.signs();
    clock.now = START + ANNOUNCE_MS;
    expect(await one.signs()).toBe(kid);
    clock.now = START + ANNOUNCE_MS + MINUTE_MS - 1;
    const lastOfOld = await late.issue();
    clock.now += 30 * MINUTE_MS - 1000;
    expect(await one.verify(lastOfOld)).toMatchObject({ sub: "usr_1" });
    clock.now = Date.parse(previous?.retires_at ?? "");
    expect(await one.shown()).toEqual([kid]);
    expect(await findPublicKey(one.ctx, before)).toBeNull();
  });

  test("rotating is audited, and of two at once both leave one newest key", async () => {
    const clock = { now: START };
    const one = isolate(backend, clock);
    await one.issue();
    await Promise.all([rotate(one.ctx), rotate(one.ctx)]);
    const rows = await backend.db.select().from(signing_keys);
    expect(rows).toHaveLength(3);
    expect(rows.filter((row) => row.retires_at === null)).toHaveLength(1);
    const audited = await backend.db.select().from(audit_log);
    expect(audited.map((row) => row.action)).toEqual(["signing_key.rotated", "signing_key.rotated"]);
    expect(JSON.stringify(audited)).not.toContain("xs1.");
  });

  test("a key that another isolate made is found at once, and unknown ones cost one look each ten seconds", async () => {
    const clock = { now: START };
    const one = isolate(backend, clock);
    await one.issue();
    clock.now += 20_000;
    const { kid } = await rotate(one.ctx);
    expect(await findPublicKey(one.ctx, kid)).not.toBeNull();
    const looked = one.asked.count;
    for (let i = 0; i < 50; i += 1) expect(await findPublicKey(one.ctx, `unknown-${i}`)).toBeNull();
    expect(one.asked.count).toBe(looked);
    clock.now += 10_000;
    for (let i = 0; i < 50; i += 1) await findPublicKey(one.ctx, `unknown-${i}`);
    expect(one.asked.count).toBe(looked + 1);
  });

  test("keys are read anew once a minute, and kept while the database is away", async () => {
    const clock = { now: START };
    const one = isolate(backend, clock);
    const token = await one.issue();
    const looked = one.asked.count;
    for (let i = 0; i < 20; i += 1) await one.verify(token);
    expect(one.asked.count).toBe(looked);
    clock.now += MINUTE_MS;
    one.setAway(true);
    expect(await one.verify(token)).toMatchObject({ sub: "usr_1" });
    expect(await one.verify(token)).toMatchObject({ sub: "usr_1" });
    expect(one.asked.count).toBe(looked + 1);
  });
});
