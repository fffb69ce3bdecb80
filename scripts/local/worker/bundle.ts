import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fingerprint } from "../fingerprint.ts";
import { CACHE } from "../paths.ts";
import { runTool } from "../run-tool.ts";
import { StartupError } from "../startup-error.ts";
import { type LocalEntry, localEntry } from "./local-entry.ts";

const SOURCES = ["workers", "durable-objects", "shared", "package-lock.json"];
const KEPT_MS = 24 * 60 * 60 * 1000;

export interface WorkerModule {
  type: "ESModule" | "CompiledWasm" | "Data" | "Text";
  path: string;
  contents: string | Uint8Array<ArrayBuffer>;
}

const MODULE_TYPES = new Map<string, WorkerModule["type"]>([
  ["js", "ESModule"],
  ["wasm", "CompiledWasm"],
  ["bin", "Data"],
  ["txt", "Text"],
  ["html", "Text"],
  ["sql", "Text"],
]);

async function removeOldBundles(current: string): Promise<void> {
  const names = (await readdir(CACHE)).filter((name) => name.startsWith("worker-") && name !== current);
  for (const name of names) {
    const info = await stat(join(CACHE, name)).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > KEPT_MS)
      await rm(join(CACHE, name), { recursive: true, force: true });
  }
}

/**
 * Bundles the worker of a wrangler configuration with wrangler itself, so that what runs here is what is
 * deployed, and keeps the bundle until a source beside the configuration changes.
 * @returns the folder of the bundle.
 * @throws StartupError with the bundler's words.
 */
export async function bundleWorker(configPath: string, onBuild: () => void = () => {}): Promise<string> {
  const root = dirname(configPath);
  const name = `worker-${await fingerprint(root, [...SOURCES, basename(configPath)], configPath)}`;
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  onBuild();
  const unfinished = `${folder}.${process.pid}.${Date.now()}`;
  await mkdir(unfinished, { recursive: true });
  const wrangler = createRequire(import.meta.url).resolve("wrangler");
  const outcome = await runTool(
    [wrangler, "deploy", "--dry-run", "--config", configPath, "--outdir", unfinished],
    root,
  );
  if (outcome.code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new StartupError(`The worker cannot be built:\n${outcome.output}`);
  }
  // Another start may have finished the same bundle first: then that one serves as well.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }));
  await removeOldBundles(name);
  return folder;
}

/** The modules of a bundle, the one to start with first, which is for this machine alone. */
export async function readBundle(folder: string, local: Omit<LocalEntry, "main">): Promise<WorkerModule[]> {
  const modules: WorkerModule[] = [];
  for (const name of await readdir(folder)) {
    const type = MODULE_TYPES.get(name.split(".").at(-1) ?? "");
    if (type === undefined) continue;
    const path = join(folder, name);
    const asText = type === "ESModule" || type === "Text";
    const contents = asText ? await readFile(path, "utf8") : new Uint8Array(await readFile(path));
    modules.push({ type, path, contents });
  }
  const main = modules.find(({ type }) => type === "ESModule");
  if (main === undefined) throw new StartupError(`There is no worker in ${folder}.`);
  const entry = {
    type: "ESModule" as const,
    path: join(folder, "local-entry.js"),
    contents: localEntry({ ...local, main: basename(main.path) }),
  };
  return [entry, ...modules];
}
