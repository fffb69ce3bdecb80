import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataDir, underLock } from "../../../scripts/local/data-lock.ts";

describe("the lock of a data folder", () => {
  let dir: string;
  const file = () => join(dir, "lock.json");
  const holder = (fields: object) =>
    writeFile(file(), JSON.stringify({ token: "other", pid: 1, host: hostname(), birth: null, ...fields }));

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xsema-lock-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("makes the folder with its parents", async () => {
    const release = await lockDataDir(join(dir, "a", "b"));
    expect(existsSync(join(dir, "a", "b", "lock.json"))).toBe(true);
    await release();
  });

  it("is refused in one line where the folder is a file", async () => {
    await writeFile(join(dir, "file"), "");
    await expect(lockDataDir(join(dir, "file"))).rejects.toMatchObject({
      name: "StartupError",
      message: expect.stringContaining("cannot be used"),
    });
  });

  it("is refused to a second one, naming folder and process, until the first gives it free", async () => {
    const release = await lockDataDir(dir);
    await expect(lockDataDir(dir)).rejects.toThrow(`${dir} is in use by process ${process.pid}`);
    await release();
    await (await lockDataDir(dir))();
    expect(await readdir(dir)).toEqual([]);
  });

  it("is taken over from a process that is dead", async () => {
    const dead = spawn(process.execPath, ["-e", ""]);
    await once(dead, "exit");
    await holder({ pid: dead.pid });
    const release = await lockDataDir(dir);
    expect(JSON.parse(await readFile(file(), "utf8")).pid).toBe(process.pid);
    await release();
  });

  it.runIf(process.platform === "linux")(
    "is taken over when another process got the dead one's number",
    async () => {
      await holder({ pid: process.pid, birth: "an earlier boot 123" });
      await (await lockDataDir(dir))();
    },
  );

  it("is believed when it comes from another machine", async () => {
    await holder({ pid: 999_999_999, host: "another-machine" });
    await expect(lockDataDir(dir)).rejects.toThrow("on another-machine");
  });

  it("is taken over when its file says nothing", async () => {
    await writeFile(file(), "");
    await (await lockDataDir(dir))();
  });

  it("goes to exactly one of many that want it, also over a dead one", async () => {
    const dead = spawn(process.execPath, ["-e", ""]);
    await once(dead, "exit");
    await holder({ pid: dead.pid });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(dir)));
    const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(winners).toHaveLength(1);
    for (const winner of winners) await winner.value();
    expect(await readdir(dir)).toEqual([]);
  });

  it("is waited for where it is held for a moment, and not for ever", async () => {
    const done: string[] = [];
    const work = (name: string) => async () => {
      done.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(`${name} ends`);
    };
    const patience = { patienceMs: 10_000 };
    await Promise.all([underLock(file(), patience, work("a")), underLock(file(), patience, work("b"))]);
    expect(done.map((line) => line.split(" ")[1])).toEqual(["begins", "ends", "begins", "ends"]);
    await holder({ pid: process.pid });
    await expect(underLock(file(), { patienceMs: 0 }, work("c"))).rejects.toThrow(/has held .* for too long/);
  });
});
