import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { underLock } from "./data-lock.ts";
import { fingerprint } from "./fingerprint.ts";
import { ROOT, WEB_BUILD, WEB_SOURCE } from "./paths.ts";
import { runTool } from "./run-tool.ts";
import { StartupError } from "./startup-error.ts";

const SOURCES = ["web", "shared/contracts", "scripts/build-web.ts", "package-lock.json"];
/** Beside the page, not in it: everything inside is served. */
const STAMP = `${WEB_BUILD}.stamp`;
/** Far more than a build takes. */
const PATIENCE_MS = 300_000;

/**
 * Builds the page where it is missing or older than its sources.
 * @returns whether it had to be built.
 * @throws StartupError with the builder's words, also when there is no page to build.
 */
export async function buildWebIfStale(onBuild: () => void = () => {}): Promise<boolean> {
  if (!existsSync(`${WEB_SOURCE}/index.html`)) throw new StartupError("There is no web/index.html to build.");
  const wanted = await fingerprint(ROOT, SOURCES);
  const isBuilt = async () =>
    (await readFile(STAMP, "utf8").catch(() => "")) === wanted && existsSync(`${WEB_BUILD}/index.html`);
  if (await isBuilt()) return false;
  // Two that build at once would take the page away from each other.
  await mkdir(dirname(STAMP), { recursive: true });
  return underLock(`${WEB_BUILD}.lock`, { patienceMs: PATIENCE_MS }, async () => {
    if (await isBuilt()) return false;
    onBuild();
    await rm(STAMP, { force: true });
    const { code, output } = await runTool(["scripts/build-web.ts"], ROOT);
    if (code !== 0) throw new StartupError(`The web page cannot be built:\n${output}`);
    await writeFile(STAMP, wanted);
    return true;
  });
}

/** The folder that the worker's assets are read from must exist, even before there is a page. */
export async function ensureWebFolder(): Promise<void> {
  await mkdir(WEB_BUILD, { recursive: true });
}
