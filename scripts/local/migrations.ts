import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf, messageOf, StartupError } from "./startup-error.ts";

/** One session of a Postgres, of whatever kind. */
export interface MigrationSession {
  query(text: string, params?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Several statements in one text. */
  execute(text: string): Promise<unknown>;
}

const Journal = z.object({ entries: z.array(z.object({ tag: z.string(), when: z.number() })) });
const Applied = z.object({ created_at: z.coerce.number() });
const Books = z.object({ kept: z.boolean() });

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

async function readMigrations(folder: string) {
  const journal = Journal.parse(JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8")));
  return Promise.all(
    journal.entries.map(async ({ tag, when }) => ({
      file: `${tag}.sql`,
      when,
      text: await readFile(join(folder, `${tag}.sql`), "utf8"),
    })),
  );
}

/** Why a database does not let its schema be changed, by SQLSTATE, and what to do. */
const REFUSALS: Record<string, string> = {
  "42501":
    "its role may not create tables. Give it the right (GRANT CREATE ON DATABASE … and ON SCHEMA public), or migrate as its owner by npm run db:migrate",
  "25006":
    "it is read-only. Use the address of the primary, and a role without default_transaction_read_only",
  "53100": "its disk is full. Free some space, then start again",
};

function refused(what: string, error: unknown): StartupError {
  const reason = REFUSALS[codeOf(error) ?? ""];
  return new StartupError(
    reason === undefined
      ? `${what}: ${messageOf(error)}`
      : `The database cannot be set up: ${reason}. (${what}: ${messageOf(error)})`,
    { cause: error },
  );
}

async function applyOne(session: MigrationSession, file: string, text: string): Promise<void> {
  for (const statement of text.split("--> statement-breakpoint")) {
    await session.execute(statement).catch((error: unknown) => {
      const start = statement.trim().split("\n")[0]?.slice(0, 80);
      throw refused(`The migration ${file} failed at "${start}"`, error);
    });
  }
}

/** Reads the books; `null` where there are none yet. Makes nothing, for which not every role has the right. */
async function readApplied(session: MigrationSession): Promise<number[] | null> {
  const found = await session.query("SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS kept");
  if (!Books.parse(found.rows[0]).kept) return null;
  const { rows } = await session.query(
    "SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY created_at",
  );
  return rows.map((row) => Applied.parse(row).created_at);
}

/** Where `drizzle.__drizzle_migrations` is not there yet. */
const BOOKS = `
  CREATE SCHEMA IF NOT EXISTS drizzle;
  CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations
    (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`;

/**
 * Applies what drizzle-kit generated in `folder` and the database has not had, all in one transaction, and
 * keeps the books in the table that drizzle's own migrators use. Written here because those load half a
 * second of code into every start, and do not say which file failed. A database that is up to date is only read.
 * @returns the files that were applied.
 * @throws StartupError that names the file and the statement, or says that the database is newer than this code; then
 * nothing was applied.
 */
export async function applyMigrations(session: MigrationSession, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const applied = await readApplied(session).catch((error: unknown) => {
    throw new StartupError(
      `The table of migrations cannot be read: ${messageOf(error)}. Let the role use the schema drizzle and select from drizzle.__drizzle_migrations.`,
      { cause: error },
    );
  });
  const last = applied?.at(-1) ?? -1;
  const newest = migrations.at(-1)?.when ?? -1;
  if (last > newest)
    throw new StartupError(
      `The database is newer than this version of XSEMA: its schema has a migration of ${day(last)}, this version knows none after ${day(newest)}. Start the version that made it, or a later one.`,
    );
  const missing = migrations.filter(({ when }) => when > last);
  if (missing.length === 0) return [];
  await session.execute("BEGIN");
  try {
    if (applied === null) await applyOne(session, "(the table of migrations)", BOOKS);
    for (const { file, when, text } of missing) {
      await applyOne(session, file, text);
      const hash = createHash("sha256").update(text).digest("hex");
      await session.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)", [
        hash,
        when,
      ]);
    }
    await session.execute("COMMIT");
  } catch (error) {
    await session.execute("ROLLBACK");
    throw error;
  }
  return missing.map(({ file }) => file);
}
