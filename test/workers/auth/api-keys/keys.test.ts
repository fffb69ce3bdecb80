import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { createUser } from "../../../../shared/auth/create-user.ts";
import { Permission, type Plan, type Role, RolePermissions } from "../../../../shared/contracts/access.ts";
import { api_keys, audit_log, mails, users } from "../../../../shared/db/schema/index.ts";
import { isoTime } from "../../../../shared/platform/clock.ts";
import type { Ctx } from "../../../../shared/platform/ctx.ts";
import { createKey } from "../../../../workers/auth/api-keys/create-key.ts";
import { listKeys, readKey } from "../../../../workers/auth/api-keys/read.ts";
import { revokeKey } from "../../../../workers/auth/api-keys/revoke-key.ts";
import { rotateKey } from "../../../../workers/auth/api-keys/rotate-key.ts";
import { testCtx } from "../../../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 86_400_000;

/** What a person does with keys, by a clock that the test moves; `told`: the gates that heard of a change. */
async function actAs(backend: Backend, given: { email: string; role?: Role; plan?: Plan }) {
  const { email, role = "trader", plan = "premium" } = given;
  const clock = { now: START };
  const told: string[] = [];
  const nothing = () => {
    throw new Error("not expected");
  };
  const base = testCtx({
    db: backend.db,
    transact: backend.transact,
    now: () => clock.now,
    gates: {
      account: nothing,
      login: nothing,
      apiKey: (key_hash) => ({
        check: nothing,
        watch: nothing,
        changed: async () => {
          told.push(key_hash);
        },
      }),
    },
    queue: { send: async () => {} },
    later: () => {},
  });
  const user = await backend.transact((tx) =>
    createUser(tx, base, {
      email,
      name: "Ann",
      role,
      plan,
      status: "active",
      password_hash: null,
      email_verified: true,
    }),
  );
  const ctx: Ctx = {
    ...base,
    actor: {
      type: "user",
      user_id: user.id,
      email,
      role,
      plan,
      session_id: "ses_1",
      permissions: new Set(RolePermissions[role]),
      mfa_at: null,
      mfa_enabled: false,
      must_change_password: false,
    },
  };
  return { ctx, clock, told };
}

const ASKED = {
  name: "indexer",
  scopes: [Permission.enum["market:read"]],
  expires_at: null,
  requests_per_minute: 10,
};

describeOnEachBackend("API keys", (backend) => {
  let at: Awaited<ReturnType<typeof actAs>>;
  beforeEach(async () => {
    at = await actAs(backend, { email: "ann@example.org" });
  });
  const actions = async () =>
    (await backend.db.select().from(audit_log).orderBy(audit_log.seq)).map(({ action }) => action);

  test("are kept as a hash only, with an audit row and a mail to their owner", async () => {
    const { key, id } = await createKey(at.ctx, ASKED);
    const everything = JSON.stringify([
      await backend.db.select().from(api_keys),
      await backend.db.select().from(audit_log),
      await backend.db.select().from(mails),
    ]);
    expect(everything).toContain(id);
    expect(everything).not.toContain(key);
    expect(everything).not.toContain(key.slice(20));
    expect(await actions()).toEqual(["api_key.created"]);
    expect((await backend.db.select().from(mails)).map(({ kind }) => kind)).toEqual(["api_key_created"]);
  });

  test("count towards the plan only while they work and were not replaced", async () => {
    const free = await actAs(backend, { email: "free@example.org", plan: "free" });
    const made = [];
    for (let n = 0; n < 4; n += 1) made.push(await createKey(free.ctx, ASKED));
    await createKey(free.ctx, { ...ASKED, expires_at: START + 1000 });
    await expect(createKey(free.ctx, ASKED)).rejects.toMatchObject({ code: "conflict" });

    const [first, second] = made;
    if (!first || !second) throw new Error("not made");
    await rotateKey(free.ctx, first.id, 3600);
    await expect(createKey(free.ctx, ASKED)).rejects.toMatchObject({ code: "conflict" });
    free.clock.now = START + 1000;
    await createKey(free.ctx, ASKED);
    await expect(createKey(free.ctx, ASKED)).rejects.toMatchObject({ code: "conflict" });
    await revokeKey(free.ctx, second.id);
    await createKey(free.ctx, ASKED);
  });

  test("that are revoked tell their gate, a second time too, and are audited once", async () => {
    const { id } = await createKey(at.ctx, ASKED);
    await revokeKey(at.ctx, id);
    await revokeKey(at.ctx, id);
    const [row] = await backend.db.select().from(api_keys).where(eq(api_keys.id, id));
    expect(at.told).toEqual([row?.key_hash, row?.key_hash]);
    expect(await actions()).toEqual(["api_key.created", "api_key.revoked"]);
    expect(await readKey(at.ctx, id)).toMatchObject({ status: "revoked", revoked_at: isoTime(START) });
  });

  test("that are rotated end with the grace, or before where they would have; the new one lives as long", async () => {
    const forever = await createKey(at.ctx, ASKED);
    const short = await createKey(at.ctx, { ...ASKED, expires_at: START + 10 * DAY_MS });
    at.clock.now = START + 9 * DAY_MS;
    const next = await rotateKey(at.ctx, forever.id, 86_400);
    expect(next).toMatchObject({ ...ASKED, expires_at: null, replaced_by: null });
    expect(await readKey(at.ctx, forever.id)).toMatchObject({
      replaced_by: next.id,
      expires_at: isoTime(START + 10 * DAY_MS),
    });
    const other = await rotateKey(at.ctx, short.id, 604_800);
    expect(other.expires_at).toBe(isoTime(START + 19 * DAY_MS));
    expect((await readKey(at.ctx, short.id)).expires_at).toBe(isoTime(START + 10 * DAY_MS));
    expect(at.told).toHaveLength(2);
    await expect(rotateKey(at.ctx, short.id, 0)).rejects.toMatchObject({ code: "conflict" });
  });

  test("rotated at once by two have one successor", async () => {
    const { id } = await createKey(at.ctx, ASKED);
    const both = await Promise.allSettled([rotateKey(at.ctx, id, 60), rotateKey(at.ctx, id, 60)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await backend.db.select().from(api_keys)).toHaveLength(2);
  });

  test("of others do not exist, whatever is asked of them", async () => {
    const { id } = await createKey(at.ctx, ASKED);
    const bob = await actAs(backend, { email: "bob@example.org" });
    const absent = { code: "not_found" };
    await expect(readKey(bob.ctx, id)).rejects.toMatchObject(absent);
    await expect(revokeKey(bob.ctx, id)).rejects.toMatchObject(absent);
    await expect(rotateKey(bob.ctx, id, 0)).rejects.toMatchObject(absent);
    expect((await listKeys(bob.ctx, { limit: 10, cursor: undefined })).data).toEqual([]);
    expect(bob.told).toEqual([]);
  });

  test("go with their owner", async () => {
    await createKey(at.ctx, ASKED);
    await backend.db.delete(users);
    expect(await backend.db.select().from(api_keys)).toEqual([]);
  });
});
