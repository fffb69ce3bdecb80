import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { type Platform, startPlatform } from "../../../scripts/local/platform.ts";
import { eventually } from "../../support/eventually.ts";

const configPath = fileURLToPath(new URL("../fixtures/worker/wrangler.toml", import.meta.url));

describe("the local platform", () => {
  let platform: Platform;
  const get = (path: string) => fetch(`${platform.url}${path}`);
  const read = async () => (await get("/api/read")).json();

  beforeAll(async () => {
    platform = await startPlatform({ configPath, quiet: true, vars: { GREETING: "from the caller" } });
  }, 60_000);
  afterAll(() => platform.stop());

  it("runs the worker that the configuration names, with the caller's settings over its own", async () => {
    expect(await (await get("/api/vars")).json()).toEqual({
      GREETING: "from the caller",
      KEPT: "as configured",
      ENVIRONMENT: "local",
    });
  });

  it("hands every request to the worker first, which serves the page", async () => {
    expect(await (await get("/any/page")).text()).toContain("fixture page");
    expect(await (await get("/api/other")).text()).toBe("done");
  });

  it("gives the worker a migrated database", async () => {
    expect(await (await get("/api/collections")).text()).toBe("0");
  });

  it("runs the scheduled handler when it is told to, with the time that it is told", async () => {
    await platform.tick(1_700_000_000_000);
    expect((await read()).stored).toContain("* * * * * at 1700000000000");
  });

  it("says so when the scheduled handler throws", async () => {
    await expect(platform.tick(0)).rejects.toThrow(/scheduled handler/);
  });

  it("brings queued messages to their consumer", async () => {
    await get("/api/send");
    await eventually(async () => expect((await read()).stored).toContain("queued"));
  });

  it("keeps what the worker logs", async () => {
    await get("/api/log");
    await eventually(() => expect(platform.recentLogs()).toContain('{"level":"info","message":"a line"}'));
  });

  it("evicts an object, whose storage stays and whose sockets hibernate", async () => {
    const socket = new WebSocket(`${platform.url.replace("http", "ws")}/api/socket`);
    const answers: string[] = [];
    socket.on("message", (data) => answers.push(String(data)));
    await new Promise((resolve) => socket.once("open", resolve));
    const before = await (await get("/api/add")).json();
    await platform.evict("Counter", "only");
    socket.send("hello");
    await eventually(() => expect(answers).toEqual(["hello after 0"]));
    expect(await read()).toEqual({ inMemory: 0, stored: before.stored });
    socket.close();
  });

  it("takes the database away and brings it back", async () => {
    await platform.pauseDatabase();
    expect((await get("/api/collections")).status).toBe(500);
    await platform.resumeDatabase();
    await eventually(async () => expect(await (await get("/api/collections")).text()).toBe("0"));
  });

  it("kills the worker for good until it is started again on the same port and storage", async () => {
    await get("/api/add");
    const { stored } = await read();
    await platform.killWorker();
    await expect(get("/health")).rejects.toThrow();
    await platform.restartWorker();
    await eventually(async () => expect(await read()).toEqual({ inMemory: 0, stored }));
  });
});

describe("a data folder", () => {
  it("has everything again at the next start", async () => {
    const dir = await mkdtemp(join(tmpdir(), "xsema-test-"));
    const dataDir = join(dir, "deeper", "data");
    const options = { configPath, quiet: true, dataDir };
    const first = await startPlatform(options);
    await fetch(`${first.url}/api/add`);
    await expect(startPlatform(options)).rejects.toThrow(`in use by process ${process.pid}`);
    await first.stop();
    const second = await startPlatform(options);
    expect(await (await fetch(`${second.url}/api/read`)).json()).toEqual({ inMemory: 0, stored: ["http"] });
    await second.stop();
    expect(existsSync(join(dataDir, "lock.json"))).toBe(false);
    await rm(dir, { recursive: true });
  }, 60_000);
});
