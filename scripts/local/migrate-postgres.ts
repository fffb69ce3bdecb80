import pg from "pg";
import { setFormats } from "../../shared/db/session-formats.ts";
import { applyMigrations } from "./migrations.ts";
import { codeOf, messageOf, StartupError } from "./startup-error.ts";

/** Any number will do, as long as every version of the project uses the same one. */
const MIGRATION_LOCK = 7_359_362;
const CONNECT_TIMEOUT_MS = 10_000;

const CONNECT_PROBLEMS: Record<string, string> = {
  ECONNREFUSED: "nobody answers there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host cannot be looked up",
  ETIMEDOUT: "it does not answer in time",
};

/** Where a database lives, without the secrets of its address. */
function describeDatabase(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || 5432}${decodeURIComponent(pathname)}`;
}

/** Neon's pooled address hands each transaction to another session, where an advisory lock means nothing. */
function directAddress(url: string): string {
  const direct = new URL(url);
  if (isNeon(url)) direct.hostname = direct.hostname.replace("-pooler.", ".");
  return direct.href;
}

/** Whether the address is Neon's own, which needs no local endpoint in front. */
export function isNeon(url: string): boolean {
  return new URL(url).hostname.endsWith(".neon.tech");
}

/** Of the features that the schema and the statements use. */
const OLDEST_VERSION = 14;

/** @throws StartupError where the server is older than what the project runs on. */
async function checkVersion(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
  const version = rows[0]?.server_version ?? "";
  if (Number.parseInt(version, 10) >= OLDEST_VERSION) return;
  throw new StartupError(
    `The database at ${describeDatabase(url)} is PostgreSQL ${version}: ${OLDEST_VERSION} or later is needed.`,
  );
}

/** Asks a database one question, before anything else is done with it. */
export async function askPostgres(url: string, query: string): Promise<unknown[]> {
  const client = await connect(url);
  try {
    return (await client.query(query)).rows;
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: directAddress(url),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "xsema migrations",
  });
  // Creating what exists already is no news.
  client.on("notice", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const problem = CONNECT_PROBLEMS[codeOf(error) ?? ""] ?? messageOf(error);
    throw new StartupError(`The database at ${describeDatabase(url)} cannot be reached: ${problem}.`, {
      cause: error,
    });
  }
}

/**
 * Brings the database at `url` up to date; of several that do so at once, one works and the others wait.
 * @returns the migrations that were applied.
 * @throws StartupError when it cannot be reached or a migration fails; then nothing was applied.
 */
export async function migratePostgres(url: string, folder: string): Promise<string[]> {
  const client = await connect(url);
  try {
    await checkVersion(client, url);
    await client.query(setFormats("session"));
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    return await applyMigrations(
      { query: (text, params) => client.query(text, params), execute: (text) => client.query(text) },
      folder,
    );
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}
