import { existsSync } from "node:fs";
import { join } from "node:path";
import { createDb, type Db } from "../../shared/db/client.ts";
import { createTransact, type Transact } from "../../shared/db/transaction.ts";
import { lockDataDir } from "./data-lock.ts";
import { isNeon } from "./migrate-postgres.ts";
import { openPgliteBackend } from "./neon-endpoint/pglite-backend.ts";
import { openPostgresBackend } from "./neon-endpoint/postgres-backend.ts";
import { startNeonEndpoint } from "./neon-endpoint/server.ts";
import { MIGRATIONS } from "./paths.ts";
import { openFolderDatabase } from "./pglite-database.ts";
import { readDataDir } from "./settings.ts";
import { StartupError } from "./startup-error.ts";

/** PGlite and the endpoint ask for no password, but the driver takes no address without one. */
const ANY_URL = "postgres://local:local@127.0.0.1:5432/postgres";

type Work<T> = (db: Db, transact: Transact) => Promise<T>;

async function run<T>(work: Work<T>, url: string, endpoint?: string): Promise<T> {
  return work(createDb(url, endpoint), createTransact(url, endpoint));
}

async function withLocal<T>(dataDir: string, work: Work<T>): Promise<T> {
  const folder = join(dataDir, "postgres");
  if (!existsSync(folder))
    throw new StartupError(`There is no database in ${dataDir}; set DATABASE_URL or DATA_DIR.`);
  const unlock = await lockDataDir(dataDir);
  try {
    const endpoint = await startNeonEndpoint(
      await openPgliteBackend(await openFolderDatabase(folder, MIGRATIONS)),
    );
    return await run(work, ANY_URL, endpoint.url).finally(endpoint.close);
  } finally {
    await unlock();
  }
}

/**
 * Runs `work` on the database that `DATABASE_URL` names, or else on the one in the local data folder, by the driver
 * of the worker. A database of `DATABASE_URL` is taken as it is, without migrating it.
 * @throws StartupError where there is none, or the platform that uses the folder is running.
 */
export async function withDatabase<T>(env: Record<string, string | undefined>, work: Work<T>): Promise<T> {
  const url = env.DATABASE_URL;
  if (!url) return withLocal(readDataDir(env), work);
  if (isNeon(url)) return run(work, url);
  const endpoint = await startNeonEndpoint(openPostgresBackend(url));
  return run(work, url, endpoint.url).finally(endpoint.close);
}
