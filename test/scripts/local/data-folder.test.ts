import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSpace, makeDataFolder } from "../../../scripts/local/data-folder.ts";
import { lockDataDir } from "../../../scripts/local/data-lock.ts";
import { describeGround, messageOf, reasonOfGround } from "../../../scripts/local/startup-error.ts";
import { watchSpace } from "../../../scripts/local/watch-space.ts";

describe("the data folder", () => {
  let dir: string;
  let warnings: string[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "xsema-folder-"));
    warnings = [];
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const make = (folder: string) => makeDataFolder(folder, (text) => warnings.push(text));
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  it.skipIf(process.platform === "win32")("is its owner's alone, also one that was open before", async () => {
    const folder = join(dir, "a");
    await make(folder);
    expect(await modeOf(folder)).toBe(0o700);
    await writeFile(join(folder, "mailbox.json"), "[]");
    await mkdir(join(folder, "postgres"));
    await chmod(folder, 0o755);
    await make(folder);
    expect(await modeOf(folder)).toBe(0o700);
    expect(warnings).toEqual([]);
  });

  it.skipIf(process.platform === "win32")(
    "is left as it is, with a warning, where it holds more than ours",
    async () => {
      await writeFile(join(dir, "letters"), "");
      await chmod(dir, 0o755);
      await make(dir);
      expect(await modeOf(dir)).toBe(0o755);
      expect(warnings).toEqual([expect.stringContaining(`chmod 700`)]);
    },
  );

  it("is refused with a reason in words where something stands in its way", async () => {
    await writeFile(join(dir, "file"), "");
    await expect(lockDataDir(join(dir, "file"))).rejects.toThrow(
      /cannot be used: something else stands there already\.$/,
    );
    await expect(lockDataDir(join(dir, "file", "data"))).rejects.toThrow(
      /a part of its path is a file, not a folder\.$/,
    );
  });

  // A file system that never has any room.
  it.runIf(process.platform === "linux")("is refused on a disk that is full", async () => {
    await expect(checkSpace("/proc", true)).rejects.toThrow(
      /^The disk of .* is full: 0 MiB are free, and a start needs \d+\. /,
    );
    await checkSpace(dir, false);
  });

  it("is watched: once it is almost full it is said, and once it is not any more", async () => {
    const said: string[] = [];
    let mib = 5_000;
    const { look, stop } = watchSpace("/srv", {
      free: async () => mib,
      say: (level, text) => said.push(`${level} ${text}`),
    });
    for (const free of [5_000, 100, 3, 90, 4_000, 4_000]) {
      mib = free;
      await look();
    }
    stop();
    expect(said).toEqual([
      expect.stringMatching(/^error .* \/srv is almost full \(100 MiB free\)/),
      expect.stringMatching(/^info .* room again/),
    ]);
  });
});

it("what the machine says no to is one line that says what to do, and any other error is none of it", () => {
  const system = (code: string) => Object.assign(new Error(code), { code, syscall: "open", path: "/srv/x" });
  for (const code of ["EROFS", "ENOSPC", "EACCES", "EPERM", "EMFILE", "EIO", "EISDIR"])
    expect(describeGround(system(code))).toMatch(/^\/srv\/x cannot be used: [^\n]+\.$/);
  expect(reasonOfGround({ name: "ErrnoError", errno: 51 })).toMatch(/^the disk is full/);
  expect(messageOf({ name: "ErrnoError", errno: 44 })).toBe("ENOENT");
  expect(describeGround(Object.assign(new Error("sql"), { code: "42501" }))).toBeUndefined();
  expect(describeGround(new TypeError("a fault"))).toBeUndefined();
});
