import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { expect, it, test } from "vitest";
import { z } from "zod";
import { resealSecrets } from "../../scripts/commands/secrets-reseal.ts";
import { newToken } from "../../scripts/local/dev-vars.ts";
import { ROOT } from "../../scripts/local/paths.ts";
import { reseal } from "../../scripts/reseal/reseal.ts";
import { SEALED_COLUMNS } from "../../scripts/reseal/sealed-columns.ts";
import { createUser } from "../../shared/auth/create-user.ts";
import { openSession } from "../../shared/auth/sessions/open-session.ts";
import { readRows } from "../../shared/db/rows.ts";
import {
  idempotency_keys,
  mails,
  notification_preferences,
  push_subscriptions,
  refresh_tokens,
  signing_keys,
  users,
  webhooks,
} from "../../shared/db/schema/index.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { createSeal, type Seal, sealedPrefix } from "../../shared/platform/seal.ts";
import { runCommand } from "../support/command.ts";
import { testCtx } from "../support/ctx.ts";
import { type Backend, describeOnEachBackend } from "../support/each-backend.ts";

const [OLD, NEW] = [newToken(), newToken()];
const old = createSeal({ MASTER_KEY: OLD });
const fresh = createSeal({ MASTER_KEY: NEW });
const both = createSeal({ MASTER_KEY: NEW, MASTER_KEY_PREVIOUS: OLD });
const Named = z.object({ name: z.string() });

/** People with one of everything that is sealed, by the old key; the text of each is its purpose. */
async function seed(backend: Backend, people: number): Promise<string[]> {
  const ctx = testCtx({ db: backend.db, transact: backend.transact });
  const at = isoTime(ctx.now());
  const ids: string[] = [];
  const sealed = (purpose: string) => old.seal(purpose, purpose);
  for (let index = 0; index < people; index++) {
    const base = { name: null, plan: "free", status: "active", password_hash: null } as const;
    const { id, session_id } = await backend.transact(async (tx) => {
      const email = `p${index}@x.example`;
      const { id } = await createUser(tx, ctx, { ...base, email_verified: true, role: "trader", email });
      const { session_id } = await openSession(tx, ctx, {
        user_id: id,
        methods: ["pwd"],
        mfa: false,
        device_id: null,
      });
      return { id, session_id };
    });
    ids.push(id);
    await backend.db
      .update(users)
      .set({ mfa_secret: await sealed(`mfa_secret:${id}`) })
      .where(eq(users.id, id));
    const hook = `whk_${index}`;
    await backend.db.insert(webhooks).values({
      id: hook,
      user_id: id,
      url: "https://x.example",
      event_types: ["market.*"],
      status: "active",
      secret: await sealed(`webhook_secret:${hook}`),
      previous_secret: await sealed(`webhook_secret:${hook}`),
      headers: await sealed(`webhook_headers:${hook}`),
      created_at: at,
      updated_at: at,
    });
    await backend.db.insert(notification_preferences).values({
      user_id: id,
      preferences: {},
      slack_url: await sealed(`slack_url:${id}`),
      discord_url: await sealed(`discord_url:${id}`),
      telegram: await sealed(`telegram:${id}`),
      updated_at: at,
    });
    const push = `psh_${index}`;
    await backend.db.insert(push_subscriptions).values({
      id: push,
      user_id: id,
      endpoint_hash: push,
      subscription: await sealed(`push_subscription:${push}`),
      created_at: at,
    });
    const mail = `mail_${index}`;
    await backend.db.insert(mails).values({
      id: mail,
      kind: "x",
      content: await sealed(`mail:${mail}`),
      next_attempt_at: at,
      created_at: at,
    });
    const token_hash = `hash_${index}`;
    const successor = await sealed(`refresh_successor:${token_hash}`);
    await backend.db
      .insert(refresh_tokens)
      .values({ token_hash, session_id, created_at: at, expires_at: at, successor });
    const key = "k";
    const body = await sealed(`idempotency:${id}:${key}`);
    await backend.db
      .insert(idempotency_keys)
      .values({ actor_id: id, key, request_hash: "h", body, created_at: at });
    const kid = `kid_${index}`;
    await backend.db.insert(signing_keys).values({
      kid,
      algorithm: "ES256",
      public_jwk: "{}",
      private_jwk: await sealed(`signing_key:${kid}`),
      created_at: at,
      active_from: at,
      retires_at: at,
    });
  }
  return ids;
}

/** Columns of any table with a text that the key has sealed. */
async function columnsUnder({ db }: Backend, key: string): Promise<string[]> {
  const prefix = await sealedPrefix(key);
  const columns = await readRows(
    db,
    sql`select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'public' and data_type = 'text' order by 1`,
    Named,
  );
  const found: string[] = [];
  for (const { name } of columns) {
    const [table, column] = name.split(".");
    const some = await readRows(
      db,
      sql`select 'x' as name from ${sql.raw(`"${table}"`)} where starts_with(${sql.raw(`"${column}"`)}, ${prefix}) limit 1`,
      Named,
    );
    if (some.length > 0) found.push(name);
  }
  return found;
}

/** A promise that the test settles. */
function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const run = ({ db }: Backend, seal: Seal = both) =>
  reseal({ db, seal, old_key: OLD, wait: async () => {}, chunk: 2 });
const names = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).sort();

describeOnEachBackend("sealing anew", (backend: Backend) => {
  it("reaches every column, chunk by chunk, and leaves nothing that needs the old key", async () => {
    await seed(backend, 5);
    expect(await columnsUnder(backend, OLD)).toEqual(names);
    const done = await run(backend);
    expect(done.map(({ resealed, left }) => [resealed, left])).toEqual(names.map(() => [5, 0]));
    expect(await columnsUnder(backend, OLD)).toEqual([]);
    expect(await columnsUnder(backend, NEW)).toEqual(names);
    const secret = await backend.db.select({ id: users.id, sealed: users.mfa_secret }).from(users);
    for (const { id, sealed } of secret)
      expect(await fresh.open(`mfa_secret:${id}`, sealed ?? "")).toBe(`mfa_secret:${id}`);
    const kept = await backend.db.select().from(idempotency_keys);
    for (const { actor_id, key, body } of kept)
      expect(await fresh.open(`idempotency:${actor_id}:${key}`, body ?? "")).toContain(actor_id);
    expect((await run(backend)).every(({ resealed }) => resealed === 0)).toBe(true);
  });

  it("goes on where it was broken off", async () => {
    await seed(backend, 3);
    let opened = 0;
    const breaking: Seal = {
      ...both,
      seal: async (purpose, text) => {
        opened += 1;
        // In the midst of the second column's first chunk.
        if (opened === 5) throw new Error("the connection is gone");
        return both.seal(purpose, text);
      },
    };
    await expect(run(backend, breaking)).rejects.toThrow("the connection is gone");
    const done = await run(backend);
    expect(done.reduce((sum, { resealed }) => sum + resealed, 0)).toBe(3 * names.length - 3);
    expect(await columnsUnder(backend, OLD)).toEqual([]);
  });

  it("leaves what somebody has changed or removed meanwhile as they left it", async () => {
    const [ann = "", bob = ""] = await seed(backend, 2);
    const theirs = await fresh.seal(`mfa_secret:${ann}`, "chosen just now");
    const meddling: Seal = {
      ...both,
      open: async (purpose, sealed) => {
        const text = await both.open(purpose, sealed);
        if (purpose === `mfa_secret:${ann}`)
          await backend.db.update(users).set({ mfa_secret: theirs }).where(eq(users.id, ann));
        if (purpose === `mfa_secret:${bob}`)
          await backend.db.update(users).set({ mfa_secret: null }).where(eq(users.id, bob));
        return text;
      },
    };
    const done = await run(backend, meddling);
    expect(done.find(({ what }) => what === "TOTP secrets")).toMatchObject({ resealed: 0, left: 0 });
    const rows = await backend.db.select({ id: users.id, sealed: users.mfa_secret }).from(users);
    expect(Object.fromEntries(rows.map(({ id, sealed }) => [id, sealed]))).toEqual({
      [ann]: theirs,
      [bob]: null,
    });
  });

  it("waits for nobody: a row that is held is left for the next pass", { timeout: 60_000 }, async () => {
    // PGlite runs one transaction at a time, so nobody can hold a row beside.
    if (backend.name === "pglite") return;
    const [ann = ""] = await seed(backend, 2);
    const [held, passed, released] = [deferred(), deferred(), deferred()];
    const holding = backend.transact(async (tx) => {
      await tx.select().from(users).where(eq(users.id, ann)).for("update");
      held.resolve();
      await passed.promise;
      expect(await columnsUnder(backend, OLD)).toEqual(["users.mfa_secret"]);
    });
    await held.promise;
    const wait = async () => {
      passed.resolve();
      await released.promise;
    };
    const running = reseal({ db: backend.db, seal: both, old_key: OLD, wait });
    await holding;
    released.resolve();
    expect((await running).every(({ left }) => left === 0)).toBe(true);
  });

  it("names what cannot be opened and goes on with the rest", async () => {
    const [ann = "", bob = ""] = await seed(backend, 2);
    const foreign = await old.seal("mfa_secret:of somebody else", "x");
    await backend.db.update(users).set({ mfa_secret: foreign }).where(eq(users.id, ann));
    const totp = (await run(backend)).find(({ what }) => what === "TOTP secrets");
    expect(totp).toEqual({ what: "TOTP secrets", resealed: 1, unopenable: [ann], left: 1 });
    const [kept] = await backend.db.select().from(users).where(eq(users.id, ann));
    expect(kept?.mfa_secret).toBe(foreign);
    const [other] = await backend.db.select().from(users).where(eq(users.id, bob));
    expect(await fresh.open(`mfa_secret:${bob}`, other?.mfa_secret ?? "")).toBe(`mfa_secret:${bob}`);
  });
});

test("whatever the code seals stands in the list", () => {
  const files = ["shared", "workers", "durable-objects"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(ROOT, folder, file)),
  );
  const purposes = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\bseal\.seal\(\s*(\w+)/g)].map(([, name = ""]) => name),
  );
  expect(purposes.length).toBeGreaterThan(8);
  const list = readFileSync(join(ROOT, "scripts/reseal/sealed-columns.ts"), "utf8");
  expect([...new Set(purposes)].filter((name) => !list.includes(name))).toEqual([]);
});

test("the command says what is missing, and then seals what is there", { timeout: 120_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), "xsema-reseal-"));
  const command = (env: Record<string, string>, script = "secrets-reseal.ts") =>
    new Promise<string>((resolve) => {
      const given = { ...process.env, DATABASE_URL: "", DATA_DIR: dir, ...env };
      execFile(process.execPath, [join(ROOT, "scripts", script)], { env: given }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
  try {
    const keys = { MASTER_KEY: NEW, MASTER_KEY_OLD: "", MASTER_KEY_PREVIOUS: "" };
    const refused = async (env: Record<string, string>) => {
      const { code, errors } = await runCommand(resealSecrets, [], {
        env: { DATABASE_URL: "", DATA_DIR: dir, ...env },
      });
      expect(code).toBe(1);
      return errors;
    };
    expect(await refused(keys)).toContain("MASTER_KEY_OLD is missing");
    expect(await refused({ ...keys, MASTER_KEY_OLD: NEW })).toContain("are the same key");
    expect(await refused({ ...keys, MASTER_KEY_OLD: "short" })).toContain(
      "MASTER_KEY_OLD must be 32 random bytes",
    );
    expect(await refused({ ...keys, MASTER_KEY_OLD: OLD })).toContain("There is no database in");
    expect(await command({ ...keys, MASTER_KEY: OLD }, "keys-rotate.ts")).toContain("The new key");
    const done = await command({ ...keys, MASTER_KEY_OLD: OLD });
    expect(done).toContain("signing keys: 1 sealed anew.");
    expect(done).toContain("Nothing is under the old key any more.");
    // It signs on, without the old key.
    expect(await command(keys, "keys-rotate.ts")).toContain("The new key");
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
