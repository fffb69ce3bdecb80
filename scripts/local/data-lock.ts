import { randomUUID } from "node:crypto";
import { readFileSync, unlinkSync } from "node:fs";
import { link, mkdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { codeOf, messageOf, StartupError } from "./startup-error.ts";

const Holder = z.object({
  token: z.string(),
  pid: z.number().int(),
  host: z.string(),
  /** Tells a process from a later one that got the same number; null where the system does not say. */
  birth: z.string().nullable(),
});
type Holder = z.output<typeof Holder>;

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

async function isAlive(holder: Holder): Promise<boolean> {
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
 * @throws StartupError when a living process holds it, or the folder cannot be made.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    const reason = `${messageOf(cause)}. Name a folder that can be written in DATA_DIR`;
    throw new StartupError(`The data folder ${dataDir} cannot be used: ${reason}.`, { cause });
  });
  const file = join(dataDir, "lock.json");
  const token = randomUUID();
  const own = join(dataDir, `lock.${token}.json`);
  const self = { token, pid: process.pid, host: hostname(), birth: await birthOf(process.pid) };
  await writeFile(own, JSON.stringify(self satisfies Holder));
  try {
    // A link appears at once and whole, and fails where one exists: nobody can read half a lock.
    while (
      !(await link(own, file).then(
        () => true,
        (error) => fail(error, "EEXIST"),
      ))
    ) {
      const holder = await readHolder(file);
      if (holder === undefined) continue;
      if (holder !== null && (await isAlive(holder)))
        throw new StartupError(
          `The data folder ${dataDir} is in use by process ${holder.pid} on ${holder.host}. ` +
            `Stop it, choose another folder with DATA_DIR, or delete ${file} if that process is gone.`,
        );
      await removeDead(file, holder?.token, own);
    }
  } finally {
    await unlink(own);
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
