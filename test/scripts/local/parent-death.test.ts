import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { eventually } from "../../support/eventually.ts";

const script = fileURLToPath(new URL("../fixtures/run-platform.ts", import.meta.url));
const Started = z.object({ url: z.string(), endpoint: z.string() });

let dataDir: string;
const ends: (() => void)[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "xsema-death-"));
});
afterEach(async () => {
  // A test that fails must not leave its platform running.
  for (const end of ends.splice(0)) end();
  await rm(dataDir, { recursive: true, force: true });
});

async function start() {
  const parent = spawn(process.execPath, [script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  ends.push(() => parent.kill("SIGKILL"));
  const [line] = await once(parent.stdout, "data");
  const { url, endpoint } = Started.parse(JSON.parse(String(line)));
  return {
    parent,
    get: async (path: string) => (await fetch(`${url}${path}`)).json(),
    query: async (query: string) => {
      const response = await fetch(`${endpoint}/sql`, { method: "POST", body: JSON.stringify({ query }) });
      return (await response.json()).rows;
    },
  };
}

it("leaves no worker behind when it is killed, and has everything again at the next start", async () => {
  const first = await start();
  await first.query("create table written as select generate_series(1, 1000) as n");
  await first.get("/api/add");
  const dead = once(first.parent, "exit");
  first.parent.kill("SIGKILL");
  await dead;
  await eventually(() => expect(first.get("/api/read")).rejects.toThrow("fetch failed"));

  const second = await start();
  expect(await second.query("select count(*) from written")).toEqual([["1000"]]);
  expect(await second.get("/api/read")).toEqual({ inMemory: 0, stored: ["http"] });
}, 60_000);
