import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fingerprint } from "../../../scripts/local/fingerprint.ts";

let root: string;
const take = () => fingerprint(root, ["src", "one.txt", "absent"]);
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "xsema-print-"));
  await mkdir(join(root, "src", "deep"), { recursive: true });
  await writeFile(join(root, "src", "deep", "a.ts"), "a");
  await writeFile(join(root, "one.txt"), "1");
});
afterEach(() => rm(root, { recursive: true }));

it("stays the same while only times change, or files that do not belong", async () => {
  const before = await take();
  await utimes(join(root, "one.txt"), 1, 1);
  await writeFile(join(root, "other.txt"), "2");
  await mkdir(join(root, "src", "node_modules"));
  await writeFile(join(root, "src", "node_modules", "x.js"), "x");
  expect(await take()).toBe(before);
});

it("changes with a content, a name, a new file and what is added by hand", async () => {
  const prints = [await take(), await fingerprint(root, ["src", "one.txt", "absent"], "extra")];
  await writeFile(join(root, "one.txt"), "2");
  prints.push(await take());
  await rename(join(root, "src", "deep", "a.ts"), join(root, "src", "deep", "b.ts"));
  prints.push(await take());
  await writeFile(join(root, "src", "c.ts"), "");
  prints.push(await take());
  expect(new Set(prints).size).toBe(5);
});
