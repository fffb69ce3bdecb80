import { asc, eq } from "drizzle-orm";
import { recordAudit } from "../../shared/audit/record-audit.ts";
import { insertKey } from "../../shared/auth/api-keys/insert-key.ts";
import { describeKey } from "../../shared/auth/api-keys/key-text.ts";
import { maxRequestsPerMinute } from "../../shared/auth/api-keys/rate-limit.ts";
import { createUser } from "../../shared/auth/create-user.ts";
import { type HashingConfig, hashPassword } from "../../shared/auth/password/hash-password.ts";
import { matchPassword } from "../../shared/auth/password/match-password.ts";
import { parseStoredHash } from "../../shared/auth/password/stored-hash.ts";
import { api_keys, users } from "../../shared/db/schema/index.ts";
import { createTransact, type Transact, type Tx } from "../../shared/db/transaction.ts";
import { randomToken } from "../../shared/platform/bytes.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { continueTrace } from "../../shared/platform/trace.ts";
import type { FirstLogIn, FirstLogInFile } from "./first-log-in.ts";
import { StartupError } from "./startup-error.ts";

export interface FirstStart {
  database: { url: string; endpoint?: string | undefined };
  hashing: HashingConfig;
  adminEmail: string;
  /** Text of the key by which events are handed in from this machine. */
  ingestKey: string;
  /** Where the first log-in is kept until it was shown; absent: nowhere. */
  firstLogIn?: FirstLogInFile | undefined;
}

export interface Admin {
  email: string;
  /** `null` where it was shown before: nobody knows it but its owner. */
  password: string | null;
}

type SeedCtx = Pick<Ctx, "now" | "actor" | "client" | "trace">;

interface KnownAdmin {
  id: string;
  email: string;
  password_hash: string | null;
}

async function findAdmin(tx: Tx): Promise<KnownAdmin | undefined> {
  const [admin] = await tx
    .select({ id: users.id, email: users.email, password_hash: users.password_hash })
    .from(users)
    .where(eq(users.role, "super_admin"))
    .orderBy(asc(users.created_at), asc(users.id))
    .limit(1);
  return admin;
}

async function makeAdmin(
  transact: Transact,
  ctx: SeedCtx,
  hashing: HashingConfig,
  { email, password }: FirstLogIn,
): Promise<{ id: string }> {
  const password_hash = await hashPassword(hashing, password);
  const id = await transact(async (tx) => {
    const user = await createUser(tx, ctx, {
      email,
      name: "Administrator",
      role: "super_admin",
      plan: "premium",
      status: "active",
      password_hash,
      email_verified: true,
    });
    await recordAudit(tx, ctx, {
      action: "user.created",
      target: { type: "user", id: user.id },
      after: { role: user.role, plan: user.plan, status: user.status },
    });
    return user.id;
  });
  return { id };
}

/** The password that a start which was killed could not show, as long as it is the account's. */
async function unshownPassword(admin: KnownAdmin, file: FirstLogInFile | undefined): Promise<string | null> {
  const kept = await file?.read();
  if (kept === undefined || kept.email !== admin.email || admin.password_hash === null) return null;
  const stored = parseStoredHash(admin.password_hash);
  if (stored.algorithm === "unusable" || !matchPassword(stored, kept.password)) return null;
  return kept.password;
}

async function addIngestKey(tx: Tx, ctx: SeedCtx, user_id: string, key: string): Promise<void> {
  const text = await describeKey(key);
  const [known] = await tx
    .select({ id: api_keys.id })
    .from(api_keys)
    .where(eq(api_keys.key_hash, text.key_hash));
  if (known !== undefined) return;
  const row = await insertKey(tx, ctx, {
    user_id,
    name: "Events from this machine",
    text,
    scopes: ["market:ingest"],
    requests_per_minute: maxRequestsPerMinute({ role: "super_admin", plan: "premium" }),
    expires_at: null,
  });
  if (row === null) return;
  await recordAudit(tx, ctx, {
    action: "api_key.created",
    target: { type: "api_key", id: row.id },
    after: { name: row.name, prefix: row.prefix, scopes: row.scopes },
  });
}

/**
 * Gives a database that has none a super admin with a random password, and the key of this machine for handing in
 * events. What is there already stays as it is: a key that was revoked stays revoked.
 * @throws StartupError where somebody else has the admin's address.
 */
export async function prepareAccounts({
  database,
  hashing,
  adminEmail,
  ingestKey,
  firstLogIn,
}: FirstStart): Promise<Admin> {
  const transact = createTransact(database.url, database.endpoint);
  const ctx: SeedCtx = {
    now: systemClock,
    actor: { type: "system", job: "first_start" },
    client: { ip: "127.0.0.1", user_agent: null },
    trace: continueTrace(null),
  };
  const known = await transact(findAdmin);
  if (known !== undefined) {
    await transact((tx) => addIngestKey(tx, ctx, known.id, ingestKey));
    return { email: known.email, password: await unshownPassword(known, firstLogIn) };
  }
  const logIn = { email: adminEmail, password: randomToken(18) };
  await firstLogIn?.keep(logIn);
  try {
    const { id } = await makeAdmin(transact, ctx, hashing, logIn);
    await transact((tx) => addIngestKey(tx, ctx, id, ingestKey));
    return logIn;
  } catch (error) {
    if (error instanceof AppError && error.code === "conflict")
      throw new StartupError(
        `There is no super admin, and ${adminEmail} is somebody else's address: choose another by ADMIN_EMAIL.`,
      );
    throw error;
  }
}
