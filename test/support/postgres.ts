import { randomBytes } from "node:crypto";
import pg from "pg";

/** Where tests find a real PostgreSQL server on which they may make databases of their own. */
const SERVER_URL = process.env.TEST_DATABASE_URL || "postgres://postgres@127.0.0.1:5432/postgres";

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
  return onServer(async () => undefined).catch(
    (error: Error) =>
      `no PostgreSQL at ${new URL(SERVER_URL).host} (${error.message}); set TEST_DATABASE_URL`,
  );
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** An empty database of its own, to be dropped at the end; whoever is still connected is thrown out. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `xsema_test_${randomBytes(6).toString("hex")}`;
  await onServer((client) => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(SERVER_URL);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await onServer((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}
