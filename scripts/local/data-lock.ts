import { randomUUID } from "node:crypto";
import { readFileSync, unlinkSync } from "node:fs";
import { link, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { makeDataFolder, refuseFolder } from "./data-folder.ts";
import { codeOf, StartupError } from "./startup-error.ts";

/** A process, so that another one can tell whether it still lives. */
export const Holder = z.object({
  token: z.string(),
  pid: z.number().int(),
  host: z.string(),
  /** Tells a process from a later one that got the same number; null where the system does not say. */
  birth: z.string().nullable(),
});
export type Holder = z.output<typeof Holder>;

/** Start time of a process since boot, and the boot (Linux only). */
async function birthOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    // Field 22, counted after the command's closing bracket because the command may hold spaces.
    return `${boot.trim()} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return null;
  }
}

/** This process, under a token of its own. */
export async function thisProcess(): Promise<Holder> {
  return { token: randomUUID(), pid: process.pid, host: hostname(), birth: await birthOf(process.pid) };
}

/** Whether the process is still there, and not another one with its number. */
export async function isAlive(holder: Holder): Promise<boolean> {
  // A process on another machine that shares the folder cannot be looked at: believe it.
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  return holder.birth === null || holder.birth === (await birthOf(holder.pid));
}

/** Undefined where nobody holds the lock, null where the file says nothing (its writer's disk was full). */
async function readHolder(file: string): Promise<Holder | null | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Makes the folder ours until the returned function is called or the process ends. A lock whose process is
 * dead is taken over.
 * @throws StartupError when a living process holds it, or the folder cannot be made or written.
 */
export async function lockDataDir(
  dataDir: string,
  onWarning: (text: string) => void = console.error,
): Promise<() => Promise<void>> {
  await makeDataFolder(dataDir, onWarning);
  const lock = join(dataDir, "lock.json");
  const taken = await takeLock(lock).catch((error: unknown) => {
    throw refuseFolder(dataDir, error);
  });
  if (typeof taken === "function") return taken;
  throw new StartupError(
    `The data folder ${dataDir} is in use by process ${taken.pid} on ${taken.host}. ` +
      `Stop it, choose another folder with DATA_DIR, or delete ${lock} if that process is gone.`,
  );
}

/**
 * Takes a lock until the returned function is called or the process ends.
 * @returns its holder where a living process has it.
 */
async function takeLock(file: string): Promise<(() => Promise<void>) | Holder> {
  const self = await thisProcess();
  const { token } = self;
  const own = file.replace(/(?:\.json)?$/, `.${token}$&`);
  try {
    await writeFile(own, JSON.stringify(self satisfies Holder), { mode: 0o600 });
    // A link appears at once and whole, and fails where one exists: nobody can read half a lock.
    while (
      !(await link(own, file).then(
        () => true,
        (error) => fail(error, "EEXIST"),
      ))
    ) {
      const holder = await readHolder(file);
      if (holder === undefined) continue;
      if (holder !== null && (await isAlive(holder))) return holder;
      await removeDead(file, holder?.token, own);
    }
  } finally {
    await unlink(own).catch((error) => fail(error, "ENOENT"));
  }
  const releaseNow = () => {
    if (isOurs(file, token)) unlinkSync(file);
  };
  process.once("exit", releaseNow);
  return async () => {
    process.removeListener("exit", releaseNow);
    releaseNow();
  };
}

/** Between two looks at a lock that another process holds for a moment. */
const LOOK_MS = 50;

/**
 * Waits for a lock that is held only for a short piece of work, and does ours under it.
 * @throws StartupError where another process has held it for too long.
 */
export async function underLock<T>(
  file: string,
  { patienceMs, onWait = () => {} }: { patienceMs: number; onWait?: () => void },
  work: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + patienceMs;
  for (let told = false; ; told = true) {
    const taken = await takeLock(file);
    if (typeof taken === "function") return work().finally(taken);
    if (performance.now() > until)
      throw new StartupError(
        `Process ${taken.pid} on ${taken.host} has held ${file} for too long. Stop it, or delete the file if it is gone.`,
      );
    if (!told) onWait();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function fail(error: unknown, expected: string): false {
  if (codeOf(error) === expected) return false;
  throw error;
}

/** How long the guard of a removal may stand: whoever holds it needs a few file operations. */
const GUARD_MS = 5000;
const PAUSE_MS = 10;

/**
 * Removes a dead lock, if it still is that one. One process at a time may: it holds a guard meanwhile, and a
 * lock that stands cannot be replaced but by being removed first. Returns when there is reason to look again.
 */
async function removeDead(file: string, deadToken: string | undefined, own: string): Promise<void> {
  const guard = `${file}.guard`;
  const guarded = await link(own, guard).then(
    () => true,
    (error) => fail(error, "EEXIST"),
  );
  if (!guarded) {
    const age = await stat(guard).then(
      ({ ctimeMs }) => Date.now() - ctimeMs,
      () => 0,
    );
    // Its process died in the middle.
    if (age > GUARD_MS) await unlink(guard).catch((error) => fail(error, "ENOENT"));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return;
  }
  try {
    const holder = await readHolder(file);
    if (holder !== undefined && holder?.token === deadToken) await unlink(file);
  } finally {
    await unlink(guard).catch((error) => fail(error, "ENOENT"));
  }
}

function isOurs(file: string, token: string): boolean {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, "utf8"))).token === token;
  } catch {
    return false;
  }
}
