import { join } from "node:path";
import { lockDataDir } from "./local/data-lock.ts";
import { exitWith } from "./local/exit.ts";
import { migratePostgres } from "./local/migrate-postgres.ts";
import { MIGRATIONS } from "./local/paths.ts";
import { migrateFolderDatabase } from "./local/pglite-database.ts";
import { readDataDir } from "./local/settings.ts";

/** `npm run db:migrate`: brings `DATABASE_URL`, or else the local data folder, up to date. */
async function migrate(): Promise<void> {
  const url = process.env.DATABASE_URL;
  const applied = url ? await migratePostgres(url, MIGRATIONS) : await migrateLocal(readDataDir(process.env));
  console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
}

async function migrateLocal(dataDir: string): Promise<string[]> {
  const unlock = await lockDataDir(dataDir);
  try {
    return await migrateFolderDatabase(join(dataDir, "postgres"), MIGRATIONS);
  } finally {
    await unlock();
  }
}

migrate().then(() => process.exit(0), exitWith);
