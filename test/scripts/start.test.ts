import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
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
