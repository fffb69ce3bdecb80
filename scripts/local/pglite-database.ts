import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import { fingerprint } from "./fingerprint.ts";
import { applyMigrations } from "./migrations.ts";
import { CACHE } from "./paths.ts";
import { messageOf, StartupError } from "./startup-error.ts";

/**
 * A new database takes PGlite 3 to 6 s, one from a snapshot half a second. The snapshot is kept beside the
 * installed packages and holds for one version of PGlite and one state of the migrations.
 */
async function snapshotFile(migrations: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const manifest = join(dirname(dirname(entry)), "package.json");
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(manifest, "utf8")));
  return join(CACHE, `postgres-${await fingerprint(migrations, ["."], version)}.tar`);
}

async function readSnapshot(file: string): Promise<Blob | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && new Blob([bytes]);
}

function migrate(db: PGlite, folder: string): Promise<string[]> {
  return applyMigrations(
    { query: (text, params) => db.query(text, params), execute: (text) => db.exec(text) },
    folder,
  );
}

/** Best effort: a cache that cannot be written only costs time. */
async function keepSnapshot(db: PGlite, file: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.${Date.now()}`;
  try {
    const dump = await db.dumpDataDir("none");
    await mkdir(CACHE, { recursive: true });
    await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()));
    await rename(unfinished, file);
    for (const name of await readdir(CACHE))
      if (name.endsWith(".tar") && name !== basename(file)) await rm(join(CACHE, name), { force: true });
  } catch {
    await rm(unfinished, { force: true });
  }
}

/** A migrated database in memory, which ends with the process. */
export async function openMemoryDatabase(migrations: string): Promise<PGlite> {
  const file = await snapshotFile(migrations);
  const snapshot = await readSnapshot(file);
  const db = await PGlite.create(snapshot === undefined ? {} : { loadDataDir: snapshot });
  await migrate(db, migrations);
  if (snapshot === undefined) await keepSnapshot(db, file);
  return db;
}

async function openFolder(folder: string, migrations: string): Promise<{ db: PGlite; applied: string[] }> {
  // Stands while a database is being made: one whose making was interrupted holds no data and is made anew.
  const unfinished = join(dirname(folder), `${basename(folder)}.unfinished`);
  if (existsSync(unfinished)) await rm(folder, { recursive: true, force: true });
  const isNew = !existsSync(folder);
  await mkdir(dirname(folder), { recursive: true });
  if (isNew) await writeFile(unfinished, "");
  const snapshot = isNew ? await readSnapshot(await snapshotFile(migrations)) : undefined;
  const db = await PGlite.create({ dataDir: folder, ...(snapshot && { loadDataDir: snapshot }) }).catch(
    (error) => {
      throw new StartupError(`The database in ${folder} cannot be opened: ${messageOf(error)}`, {
        cause: error,
      });
    },
  );
  try {
    const applied = await migrate(db, migrations);
    await rm(unfinished, { force: true });
    return { db, applied };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * The database kept in `folder`, migrated; made where there is none. The caller holds the data folder's lock,
 * for PGlite takes none.
 * @throws StartupError when it cannot be opened or migrated.
 */
export async function openFolderDatabase(folder: string, migrations: string): Promise<PGlite> {
  return (await openFolder(folder, migrations)).db;
}

/** Like `openFolderDatabase`, but closes it again and tells which migrations it lacked. */
export async function migrateFolderDatabase(folder: string, migrations: string): Promise<string[]> {
  const { db, applied } = await openFolder(folder, migrations);
  await db.close();
  return applied;
}
