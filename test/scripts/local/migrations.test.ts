import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as migrateByDrizzle } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isNeon, migratePostgres } from "../../../scripts/local/migrate-postgres.ts";
import { MIGRATIONS } from "../../../scripts/local/paths.ts";
import { createTestDatabase, type TestDatabase, whyNoPostgres } from "../../support/postgres.ts";

const noPostgres = await whyNoPostgres();

describe.skipIf(noPostgres)(`migrations on PostgreSQL${noPostgres ? `: skipped, ${noPostgres}` : ""}`, () => {
  let database: TestDatabase;
  let folder: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), "xsema-migrations-"));
    await cp(MIGRATIONS, folder, { recursive: true });
  });
  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  async function query(text: string) {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }
  const tables = async () =>
    (await query("select table_name from information_schema.tables where table_schema = 'public'")).length;

  async function addMigration(tag: string, text: string) {
    const journal = JSON.parse(await readFile(join(folder, "meta/_journal.json"), "utf8"));
    journal.entries.push({ idx: journal.entries.length, version: "7", when: 4e12, tag, breakpoints: true });
    await writeFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
    await writeFile(join(folder, `${tag}.sql`), text);
  }

  it("are applied once", async () => {
    const applied = await migratePostgres(database.url, folder);
    expect(applied[0]).toBe("0000_market.sql");
    expect(await tables()).toBeGreaterThan(5);
    expect(await migratePostgres(database.url, folder)).toEqual([]);
  });

  it("wait for each other when several start at once", async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => migratePostgres(database.url, folder)));
    expect(applied.filter((files) => files.length > 0)).toHaveLength(1);
  });

  it("keep the same books as drizzle's own migrator", async () => {
    await migratePostgres(database.url, folder);
    const ours = await query("select hash, created_at from drizzle.__drizzle_migrations order by id");
    const pool = new pg.Pool({ connectionString: database.url });
    await migrateByDrizzle(drizzle(pool), { migrationsFolder: folder });
    await query("drop schema public cascade; create schema public; drop schema drizzle cascade");
    await migrateByDrizzle(drizzle(pool), { migrationsFolder: folder });
    await pool.end();
    expect(await query("select hash, created_at from drizzle.__drizzle_migrations order by id")).toEqual(
      ours,
    );
  });

  it("ask for no right to make anything where the schema is up to date", async () => {
    await migratePostgres(database.url, folder);
    const role = `${new URL(database.url).pathname.slice(1)}_role`;
    await query(`create role ${role} login password 'secret'; grant usage on schema drizzle to ${role};
      grant select on drizzle.__drizzle_migrations to ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = "secret";
    expect(await migratePostgres(url.href, folder)).toEqual([]);
    await addMigration("0099_more", "create table more (id int)");
    await expect(migratePostgres(url.href, folder)).rejects.toThrow(
      /0099_more.sql failed .* permission denied/,
    );
    await query(`drop owned by ${role}; drop role ${role}`);
  });

  it("are refused where the database knows one that is newer than all of them", async () => {
    await addMigration("0099_later", "select 1");
    await migratePostgres(database.url, folder);
    await expect(migratePostgres(database.url, MIGRATIONS)).rejects.toThrow(
      /^The database is newer than this version of XSEMA: .* Start the version that made it, or a later one\.$/,
    );
  });

  it("leave nothing behind when one fails, and name the file and the statement", async () => {
    await addMigration(
      "0099_wrong",
      "create table fine (id int);\n--> statement-breakpoint\nalter table nowhere add x int;",
    );
    await expect(migratePostgres(database.url, folder)).rejects.toThrow(
      'The migration 0099_wrong.sql failed at "alter table nowhere add x int;": relation "nowhere" does not exist',
    );
    expect(await tables()).toBe(0);
  });
});

describe("a database that cannot be reached", () => {
  it.each([
    ["postgres://u:hidden@127.0.0.1:1/db", "127.0.0.1:1/db cannot be reached: nobody answers there"],
    ["postgres://u:hidden@no-such-host.invalid/db", "no-such-host.invalid:5432/db cannot be reached"],
  ])("is named without its password: %s", async (url, expected) => {
    const failed = migratePostgres(url, MIGRATIONS);
    await expect(failed).rejects.toThrow(expected);
    await expect(failed).rejects.not.toThrow("hidden");
  });
});

describe("Neon's own addresses", () => {
  it.each([
    ["postgres://u:p@ep-cool-name-123.eu-central-1.aws.neon.tech/db", true],
    ["postgres://u:p@ep-cool-name-123-pooler.eu-central-1.aws.neon.tech/db", true],
    ["postgres://u:p@neon.tech.example.com/db", false],
    ["postgres://u:p@127.0.0.1/neon.tech", false],
  ])("%s: %s", (url, neon) => {
    expect(isNeon(url)).toBe(neon);
  });
});
