import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { announce, listRunning, type Running } from "../../../scripts/local/running.ts";
import { findPlatform } from "../../../scripts/replay/find-platform.ts";

const running = (port: number): Running => ({
  ...{ token: "t", pid: port, host: "here", birth: null },
  ...{ url: `http://127.0.0.1:${port}`, data_dir: `/srv/${port}`, dev_vars: `/srv/${port}.vars` },
});

/** Where a replay goes, with these platforms, this environment, and something or nothing that answers elsewhere. */
function find(platforms: Running[], env: Record<string, string> = {}, { asked = "", answers = false } = {}) {
  const probed: string[] = [];
  const found = findPlatform(asked || undefined, {
    env,
    devVars: "/clone/.dev.vars",
    listRunning: async () => platforms,
    fetch: async (url) => {
      probed.push(url);
      if (!answers) throw new TypeError("fetch failed");
      return new Response("ok");
    },
  });
  return { found, probed };
}

it("goes to the platform that runs here, whatever its port, with the key of that one", async () => {
  const { found, probed } = find([running(9000)]);
  expect(await found).toEqual({ url: "http://127.0.0.1:9000", devVars: "/srv/9000.vars" });
  expect(probed).toEqual([]);
});

it("goes where it is told", async () => {
  expect(await find([running(9000)], {}, { asked: "https://x.test" }).found).toEqual({
    url: "https://x.test",
    devVars: "/clone/.dev.vars",
  });
});

it("of several takes that of PORT or DATA_DIR, and else names them", async () => {
  const both = [running(9000), running(9001)];
  expect(await find(both, { PORT: "9001" }).found).toMatchObject({ url: "http://127.0.0.1:9001" });
  expect(await find(both, { DATA_DIR: "/srv/9000" }).found).toMatchObject({ url: "http://127.0.0.1:9000" });
  await expect(find(both).found).rejects.toThrow(/Several platforms run here: .*9000 .*9001 .*--url ADDRESS/);
});

it("asks once at PORT or 8787 where none is known, and says at once that nobody answers", async () => {
  const elsewhere = find([], { PORT: "8931" }, { answers: true });
  expect(await elsewhere.found).toEqual({ url: "http://127.0.0.1:8931", devVars: "/clone/.dev.vars" });
  const nobody = find([]);
  await expect(nobody.found).rejects.toThrow(
    "No platform runs here, and none answers at http://127.0.0.1:8787: start one with npm start",
  );
  expect(nobody.probed).toEqual(["http://127.0.0.1:8787/health"]);
});

it("a platform is known while its process lives", async () => {
  const folder = await mkdtemp(join(tmpdir(), "xsema-running-"));
  const where = { url: "http://127.0.0.1:9000", data_dir: "/srv", dev_vars: "/srv/vars" };
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  await writeFile(
    join(folder, "dead.json"),
    JSON.stringify({ ...running(1), pid: dead.pid, host: hostname() }),
  );
  await writeFile(join(folder, "half.json"), "{");
  await announce(where, folder);
  expect(await listRunning(folder)).toMatchObject([{ ...where, pid: process.pid }]);
  expect(await readdir(folder)).toEqual([`${process.pid}.json`]);
  await rm(folder, { recursive: true });
  expect(await listRunning(folder)).toEqual([]);
});
