import { randomBytes } from "node:crypto";
import pg from "pg";
import { fingerprint } from "../../scripts/local/fingerprint.ts";
import { migratePostgres } from "../../scripts/local/migrate-postgres.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";

/** A real PostgreSQL server on which tests may make databases of their own. */
const SERVER_URL = process.env.TEST_DATABASE_URL ?? "";

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: SERVER_URL, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Why tests on a real server cannot run here; undefined where one answers. */
export async function whyNoPostgres(): Promise<string | undefined> {
  if (SERVER_URL === "") return "TEST_DATABASE_URL is not set";
  return onServer(async () => undefined).catch(
    (error: Error) => `no PostgreSQL at ${new URL(SERVER_URL).host} (${error.message})`,
  );
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

const TEMPLATE_PREFIX = "xsema_template_";
/** Held while a template is made, dropped or copied. Any number will do that nothing else locks. */
const TEMPLATE_LOCK = 7_359_363;

function addressOf(name: string): string {
  const url = new URL(SERVER_URL);
  url.pathname = `/${name}`;
  return url.href;
}

async function listTemplates(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE starts_with(datname, $1)",
    [TEMPLATE_PREFIX],
  );
  return rows.map(({ datname }) => datname);
}

/** Makes the template of these migrations in place of all others. Under another name until it is whole. */
async function makeTemplate(client: pg.Client, template: string, others: string[]): Promise<void> {
  for (const other of others) await client.query(`DROP DATABASE ${other} WITH (FORCE)`);
  const unfinished = `${TEMPLATE_PREFIX}unfinished`;
  await client.query(`CREATE DATABASE ${unfinished}`);
  await migratePostgres(addressOf(unfinished), MIGRATIONS);
  await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
}

/** Migrating takes half a second and writes that a copy does not take: one database is migrated, and copied. */
async function copyTemplate(client: pg.Client, name: string): Promise<void> {
  const template = `${TEMPLATE_PREFIX}${await fingerprint(MIGRATIONS, ["."])}`;
  // The session ends with the call, and with it the lock, whatever is thrown.
  await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  const templates = await listTemplates(client);
  if (!templates.includes(template)) await makeTemplate(client, template, templates);
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
}

async function create(make: (client: pg.Client, name: string) => Promise<unknown>): Promise<TestDatabase> {
  const name = `xsema_test_${randomBytes(6).toString("hex")}`;
  await onServer((client) => make(client, name));
  return {
    url: addressOf(name),
    drop: async () => {
      await onServer((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** An empty database of its own, to be dropped at the end; whoever is still connected is thrown out. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create((client, name) => client.query(`CREATE DATABASE ${name}`));
}

/** Like `createTestDatabase`, with every migration applied. */
export function createMigratedDatabase(): Promise<TestDatabase> {
  return create(copyTemplate);
}
