import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataDir } from "../../scripts/local/data-lock.ts";
import { ROOT } from "../../scripts/local/paths.ts";
import { createTestDatabase, whyNoPostgres } from "../support/postgres.ts";

const noPostgres = await whyNoPostgres();

describe("npm start ends at once, with one clear message and without a stack,", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xsema-start-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function start(env: Record<string, string>) {
    const child = spawn(process.execPath, ["scripts/start.ts"], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        DATA_DIR: join(dir, "data"),
        DEV_VARS: join(dir, "vars"),
        PORT: "0",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.stdout.resume();
    const [code] = await once(child, "close");
    return { code, errors };
  }

  it("when its port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const { code, errors } = await start({ PORT: port });
    server.close();
    expect(code).toBe(1);
    expect(errors).toBe(
      `Port ${port} on 127.0.0.1 is taken by another program. Choose another one with PORT.\n`,
    );
  });

  it("when another one uses its data folder", async () => {
    const unlock = await lockDataDir(join(dir, "data"));
    const { code, errors } = await start({});
    await unlock();
    expect(code).toBe(1);
    expect(errors).toContain(`${join(dir, "data")} is in use by process ${process.pid}`);
    expect(errors.trim().split("\n")).toHaveLength(1);
  });

  it("when its database cannot be reached", async () => {
    const { code, errors } = await start({ DATABASE_URL: "postgres://someone:hidden@127.0.0.1:1/nowhere" });
    expect(code).toBe(1);
    expect(errors).toBe("The database at 127.0.0.1:1/nowhere cannot be reached: nobody answers there.\n");
  }, 60_000);

  it.skipIf(noPostgres)(
    `when a migration fails${noPostgres ? ` (skipped: ${noPostgres})` : ""}`,
    async () => {
      const database = await createTestDatabase();
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query("create table collections (something_else int)");
      await client.end();
      const { code, errors } = await start({ DATABASE_URL: database.url });
      await database.drop();
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^The migration 0000_market\.sql failed at "CREATE TABLE "collections" .*already exists\n$/,
      );
    },
    60_000,
  );

  it.skipIf(noPostgres)(
    `when its database is not to be written, or not by its role${noPostgres ? ` (skipped: ${noPostgres})` : ""}`,
    async () => {
      const database = await createTestDatabase();
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const role = `reader_${randomBytes(6).toString("hex")}`;
      const url = new URL(database.url);
      await client.query(
        `create role ${role} login password 'hidden'; revoke create on schema public from public`,
      );
      Object.assign(url, { username: role, password: "hidden" });
      const denied = await start({ DATABASE_URL: url.href });
      const closed = new URL(database.url);
      closed.searchParams.set("options", "-c default_transaction_read_only=on");
      const readOnly = await start({ DATABASE_URL: closed.href });
      await client.query(`drop role ${role}`);
      await client.end();
      await database.drop();
      expect(denied).toMatchObject({
        code: 1,
        errors: expect.stringMatching(
          /^The database cannot be set up: its role may not create tables\. [^\n]*\n$/,
        ),
      });
      expect(readOnly).toMatchObject({
        code: 1,
        errors: expect.stringMatching(/^The database cannot be set up: it is read-only\. [^\n]*\n$/),
      });
    },
    60_000,
  );

  it("when .dev.vars is lost or half written beside data, which is left as it is", async () => {
    await mkdir(join(dir, "data", "postgres"), { recursive: true });
    const lost = await start({});
    await writeFile(join(dir, "vars"), "# half of a he");
    const half = await start({});
    for (const { code, errors } of [lost, half]) {
      expect(code).toBe(1);
      expect(errors).toContain(join(dir, "vars"));
      expect(errors).toMatch(/^[^\n]* needs the MASTER_KEY that it was made with[^\n]*\n$/);
    }
    expect(await readFile(join(dir, "vars"), "utf8")).toBe("# half of a he");
  });

  it("when its embedded database is damaged", async () => {
    await mkdir(join(dir, "data", "postgres", "base"), { recursive: true });
    const { code, errors } = await start({ MASTER_KEY: "q7RzT0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Q" });
    expect(code).toBe(1);
    expect(errors).toMatch(/^The embedded database in [^\n]* is damaged \(PG_VERSION is missing\)[^\n]*\n$/);
  });

  it("when settings are wrong, naming all of them", async () => {
    const { code, errors } = await start({
      DEMO_MARKET: "perhaps",
      LOG_LEVEL: "loud",
      ACCESS_TOKEN_S: "short",
    });
    expect(code).toBe(1);
    for (const name of ["DEMO_MARKET", "LOG_LEVEL", "ACCESS_TOKEN_S"]) expect(errors).toContain(`- ${name} `);
    expect(errors).not.toMatch(/^\s+at /m);
  });

  it("when its port is no port", async () => {
    const { code, errors } = await start({ PORT: "eight" });
    expect([code, errors]).toEqual([1, 'PORT must be a number from 0 to 65535, not "eight".\n']);
  });
});
