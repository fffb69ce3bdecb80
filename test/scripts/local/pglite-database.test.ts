import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../../scripts/local/paths.ts";
import {
  migrateFolderDatabase,
  openFolderDatabase,
  openMemoryDatabase,
} from "../../../scripts/local/pglite-database.ts";

describe("the embedded database in a folder", { timeout: 60_000 }, () => {
  let dir: string;
  let folder: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xsema-pglite-"));
    folder = join(dir, "not", "there", "yet");
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("is made with its parents, migrated, and has its data again when it is opened again", async () => {
    const first = await openFolderDatabase(folder, MIGRATIONS);
    await first.exec(
      "insert into collections (id, slug, name, source) values ('col_1', 'kept', 'Kept', 'test')",
    );
    await first.close();
    const second = await openFolderDatabase(folder, MIGRATIONS);
    expect((await second.query("select slug from collections")).rows).toEqual([{ slug: "kept" }]);
    await second.close();
    expect(await migrateFolderDatabase(folder, MIGRATIONS)).toEqual([]);
  });

  it("is made anew when its making was interrupted", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "PG_VERSION"), "half");
    await writeFile(`${folder}.unfinished`, "");
    const db = await openFolderDatabase(folder, MIGRATIONS);
    expect((await db.query("select count(*)::int as n from collections")).rows).toEqual([{ n: 0 }]);
    await db.close();
    expect(existsSync(`${folder}.unfinished`)).toBe(false);
  });

  it("is never made over what is there: a damaged one is named, with a way out, and left as it is", async () => {
    await (await openFolderDatabase(folder, MIGRATIONS)).close();
    const version = join(folder, "PG_VERSION");
    const refusal = () =>
      openFolderDatabase(folder, MIGRATIONS).then(
        () => "opened",
        (error: Error) => `${error.name}: ${error.message}`,
      );
    const damaged = (reason: string) =>
      new RegExp(
        `^StartupError: The embedded database in ${folder} is damaged \\(${reason}\\), .*backup; .* mv `,
      );

    expect(await readFile(version, "utf8")).toBe("18\n");
    await rm(version);
    expect(await refusal()).toMatch(damaged("PG_VERSION is missing"));
    expect(existsSync(version)).toBe(false);
    await writeFile(version, "");
    expect(await refusal()).toMatch(damaged("PG_VERSION holds no version"));
    await writeFile(version, "15\n");
    expect(await refusal()).toMatch(/is of PostgreSQL 15, and this version of XSEMA has 18\. /);
    await writeFile(version, "18\n");
    await truncate(join(folder, "global/pg_control"), 100);
    expect(await refusal()).toMatch(damaged(".*pg_control.*"));
    await rm(folder, { recursive: true });
    await writeFile(folder, "");
    expect(await refusal()).toMatch(/cannot be used: a part of its path is a file/);
    await rm(folder);
    // Rooms that have handed over what they had stand beside an empty folder.
    await mkdir(folder);
    await mkdir(join(folder, "../objects"));
    expect(await refusal()).toMatch(damaged("PG_VERSION is missing"));
  });

  it("says which migration fails, and leaves the database as it was", async () => {
    const migrations = join(dir, "migrations");
    await cp(MIGRATIONS, migrations, { recursive: true });
    const first = await openFolderDatabase(folder, migrations);
    await first.exec("delete from drizzle.__drizzle_migrations");
    await first.close();
    await expect(openFolderDatabase(folder, migrations)).rejects.toThrow(/migration 0000_market\.sql failed/);
  });
});

it("in memory, every one is empty and migrated", { timeout: 60_000 }, async () => {
  const first = await openMemoryDatabase(MIGRATIONS);
  await first.exec(
    "insert into collections (id, slug, name, source) values ('col_1', 'gone', 'Gone', 'test')",
  );
  const second = await openMemoryDatabase(MIGRATIONS);
  expect((await second.query("select count(*)::int as n from collections")).rows).toEqual([{ n: 0 }]);
  await Promise.all([first.close(), second.close()]);
});
