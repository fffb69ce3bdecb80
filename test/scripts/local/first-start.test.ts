import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalDatabase, openDatabase } from "../../../scripts/local/database.ts";
import { firstLogInIn } from "../../../scripts/local/first-log-in.ts";
import { prepareAccounts } from "../../../scripts/local/first-start.ts";
import { MIGRATIONS } from "../../../scripts/local/paths.ts";
import { checkMasterKey } from "../../../scripts/local/sealed-data.ts";
import { forgetSealed } from "../../../scripts/reseal/forget.ts";
import { newKeyText } from "../../../shared/auth/api-keys/key-text.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { createDb } from "../../../shared/db/client.ts";
import { signing_keys, users } from "../../../shared/db/schema/index.ts";
import { createTransact } from "../../../shared/db/transaction.ts";
import { createSeal } from "../../../shared/platform/seal.ts";
import { continueTrace } from "../../../shared/platform/trace.ts";

const HASHING = { PASSWORD_MEMORY_KIB: 7168, PASSWORD_PASSES: 1 };
let dir: string;
let database: LocalDatabase;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "xsema-first-"));
  database = await openDatabase({ migrations: MIGRATIONS }, () => {});
});
afterAll(async () => {
  await database?.stop();
  await rm(dir, { recursive: true, force: true });
});

it("the first password is given until it was shown, by a start after one that was killed too", async () => {
  const firstLogIn = firstLogInIn(join(dir, "first-log-in.json"));
  const start = () =>
    prepareAccounts({
      database,
      hashing: HASHING,
      adminEmail: "admin@localhost",
      ingestKey: newKeyText(),
      firstLogIn,
    });
  const first = await start();
  expect(first.password).toHaveLength(24);
  expect(await start()).toEqual(first);

  const changed = await hashPassword(HASHING, "another one, by its owner");
  const db = createDb(database.url, database.endpoint);
  const [admin] = await db.select().from(users);
  await db.update(users).set({ password_hash: changed });
  expect(await start()).toEqual({ email: "admin@localhost", password: null });
  await db.update(users).set({ password_hash: admin?.password_hash ?? null });
  await firstLogIn.forget();
  expect(await start()).toEqual({ email: "admin@localhost", password: null });
  expect(await readdir(dir)).toEqual([]);
});

it("a master key that did not seal what signs is refused, until what it sealed is given up", async () => {
  const [mine, other, third] = [
    "q7RzT0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Q",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  ];
  const db = createDb(database.url, database.endpoint);
  await checkMasterKey(database, [mine]);
  const at = new Date().toISOString();
  const private_jwk = await createSeal({ MASTER_KEY: mine ?? "" }).seal("signing_key:k", "{}");
  await db
    .insert(signing_keys)
    .values({ kid: "k", algorithm: "ES256", public_jwk: "{}", private_jwk, created_at: at, active_from: at });
  await checkMasterKey(database, [mine]);
  await checkMasterKey(database, [other, mine]);
  await expect(checkMasterKey(database, [other, third])).rejects.toThrow(
    /^MASTER_KEY is not the one that this database was made with/,
  );
  await db.update(users).set({ mfa_secret: "sealed" });
  const ctx = {
    now: () => Date.parse(at),
    actor: { type: "system", job: "test" },
    client: { ip: "-", user_agent: null },
    trace: continueTrace(null),
  } as const;
  const forgotten = await createTransact(database.url, database.endpoint)((tx) => forgetSealed(tx, ctx));
  expect(forgotten).toEqual({ signing_keys: 1, second_factors: 1 });
  expect(await db.select().from(users)).toMatchObject([{ mfa_secret: null, must_change_password: true }]);
  await checkMasterKey(database, [other]);
});
