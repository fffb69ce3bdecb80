import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

const SKIPPED = new Set(["node_modules", "dist", ".git", ".wrangler"]);

async function listFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return [];
  if (info.isFile()) return [path];
  const names = (await readdir(path)).filter((name) => !SKIPPED.has(name));
  return (await Promise.all(names.map((name) => listFiles(join(path, name))))).flat();
}

/**
 * One hash over the names and contents of all files at or under `paths` (relative to `root`). It tells whether
 * something built from them is still right, which times do not after a checkout.
 */
export async function fingerprint(root: string, paths: string[], extra = ""): Promise<string> {
  const files = (await Promise.all(paths.map((path) => listFiles(join(root, path))))).flat().sort();
  const hash = createHash("sha256").update(extra);
  for (const file of files) {
    const content = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    hash.update(`\n${relative(root, file)} ${content}`);
  }
  return hash.digest("hex").slice(0, 20);
}
