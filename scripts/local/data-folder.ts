import { chmod, mkdir, readdir, stat, statfs } from "node:fs/promises";
import { messageOf, reasonOfGround, StartupError } from "./startup-error.ts";

const MIB = 1024 * 1024;
/** What the platform writes before it serves, with room for the first hours. */
const LEAST_FREE_MIB = { new: 256, used: 64 };
/** What the platform itself puts there. */
const OURS = /^(?:postgres(?:\.unfinished)?|objects|mailbox\.json.*|lock\..*|first-log-in\.json.*)$/;

/** The error with which a folder is refused. */
export function refuseFolder(dataDir: string, cause: unknown): StartupError {
  const reason = reasonOfGround(cause) ?? messageOf(cause);
  return new StartupError(`The data folder ${dataDir} cannot be used: ${reason}.`, { cause });
}

/**
 * Makes the data folder for its owner alone. One that others may read is closed to them where all that is in it is the
 * platform's; a folder that also holds other things, such as a home, is left as it is, with a warning: what the
 * platform puts into it is closed by itself.
 * @throws StartupError where it cannot be made or looked at.
 */
export async function makeDataFolder(dataDir: string, onWarning: (text: string) => void): Promise<void> {
  try {
    const isNew = (await mkdir(dataDir, { recursive: true, mode: 0o700 })) !== undefined;
    const { mode, uid } = await stat(dataDir);
    if (isNew || process.platform === "win32" || (mode & 0o077) === 0) return;
    const names = await readdir(dataDir);
    if (uid === process.getuid?.() && names.every((name) => OURS.test(name)))
      return await chmod(dataDir, 0o700);
    onWarning(`Other users of this machine can look into the data folder ${dataDir}: chmod 700 closes it.`);
  } catch (error) {
    throw refuseFolder(dataDir, error);
  }
}

/** Free space under a folder in MiB, as far as this user may use it. */
export async function freeMib(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / MIB);
}

/**
 * A database that runs out of space while it starts cannot tell that from being damaged, so there must be some.
 * @throws StartupError where the disk is all but full.
 */
export async function checkSpace(dataDir: string, isNew: boolean): Promise<void> {
  const free = await freeMib(dataDir);
  const least = isNew ? LEAST_FREE_MIB.new : LEAST_FREE_MIB.used;
  if (free >= least) return;
  throw new StartupError(
    `The disk of the data folder ${dataDir} is full: ${free} MiB are free, and a start needs ${least}. ` +
      "Free some space, or name a folder on another disk in DATA_DIR.",
  );
}
