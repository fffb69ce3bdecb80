import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import { checkSpace, refuseFolder } from "./data-folder.ts";
import { fingerprint } from "./fingerprint.ts";
import { applyMigrations } from "./migrations.ts";
import { CACHE } from "./paths.ts";
import { codeOf, messageOf, reasonOfGround, StartupError } from "./startup-error.ts";

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

/** Of PostgreSQL, in the PGlite that is installed. */
const POSTGRES_VERSION = "18";

/**
 * Whether there is a database in the folder.
 * @throws StartupError where something is there that is no whole database: nothing is made over it.
 */
async function findDatabase(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refuseFolder(folder, error);
  });
  if (names === undefined) return false;
  // Rooms remember what they have handed over: beside them, an empty folder is one that lost its database.
  if (names.length === 0 && !existsSync(join(dirname(folder), "objects"))) return false;
  const version = await readFile(join(folder, "PG_VERSION"), "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") throw damaged(folder, "PG_VERSION is missing");
    throw refuseFolder(folder, error);
  });
  if (version.trim() === POSTGRES_VERSION) return true;
  if (!/^\d+$/.test(version.trim())) throw damaged(folder, "PG_VERSION holds no version");
  throw new StartupError(
    `The embedded database in ${folder} is of PostgreSQL ${version.trim()}, and this version of XSEMA has ${POSTGRES_VERSION}. ` +
      "Start it with the version of XSEMA that made it, or name another folder in DATA_DIR.",
  );
}

function damaged(folder: string, reason: string, cause?: unknown): StartupError {
  const dataDir = dirname(folder);
  return new StartupError(
    `The embedded database in ${folder} is damaged (${reason}), and was left as it is. Put the whole data folder ${dataDir} ` +
      `back from a backup; or begin again without losing it: mv ${dataDir} ${dataDir}.damaged`,
    { cause },
  );
}

/** Postgres says why it stops on its error output, and then only that it was aborted. */
class LastWords {
  #said: string | undefined;
  readonly onStderr: (text: string) => boolean;
  constructor(onPanic: (reason: string) => void) {
    this.onStderr = (text) => {
      const [, level, reason = ""] = /\b(FATAL|PANIC): {2}(.*)/.exec(text) ?? [];
      if (level === undefined) return true;
      this.#said ??= reason;
      if (level === "PANIC") onPanic(reason);
      return true;
    };
  }
  or(error: unknown): string {
    return this.#said ?? messageOf(error);
  }
}

async function openFolder(
  folder: string,
  migrations: string,
  onPanic: (reason: string) => void = () => {},
): Promise<{ db: PGlite; applied: string[] }> {
  // Stands while a database is being made: one whose making was interrupted holds no data and is made anew.
  const unfinished = join(dirname(folder), `${basename(folder)}.unfinished`);
  if (existsSync(unfinished)) await rm(folder, { recursive: true, force: true });
  const isNew = !(await findDatabase(folder));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkSpace(folder, isNew);
  if (isNew) await writeFile(unfinished, "");
  const snapshot = isNew ? await readSnapshot(await snapshotFile(migrations)) : undefined;
  const words = new LastWords(onPanic);
  const db = await PGlite.create({
    dataDir: folder,
    onStderr: words.onStderr,
    ...(snapshot && { loadDataDir: snapshot }),
  }).catch((error: unknown) => {
    throw reasonOfGround(error) === undefined
      ? damaged(folder, words.or(error), error)
      : refuseFolder(folder, error);
  });
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
 * for PGlite takes none. `onPanic` hears why Postgres gave up, as where its log cannot grow on a full disk; it answers
 * nothing from then on.
 * @throws StartupError when it cannot be opened or migrated.
 */
export async function openFolderDatabase(
  folder: string,
  migrations: string,
  onPanic?: (reason: string) => void,
): Promise<PGlite> {
  return (await openFolder(folder, migrations, onPanic)).db;
}

/** Like `openFolderDatabase`, but closes it again and tells which migrations it lacked. */
export async function migrateFolderDatabase(folder: string, migrations: string): Promise<string[]> {
  const { db, applied } = await openFolder(folder, migrations);
  await db.close();
  return applied;
}
