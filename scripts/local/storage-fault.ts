import { statfs } from "node:fs/promises";
import type { Clock } from "../../shared/platform/clock.ts";

/** What workerd prints when SQLite fails; it does not say for which file. */
const FAILED = /dbErrorMessage.*SQLITE_(FULL|IOERR|CORRUPT|NOTADB)/;
const EVERY_MS = 10_000;

/**
 * Explains what workerd prints of a storage that fails, in a line of the log of its own: the runtime hides the reason
 * from the worker where an object cannot even be opened. The line after it, `a room failed`, names the file.
 */
export function explainStorageFaults(folder: string, now: Clock, say: (line: string) => void) {
  let told = Number.NEGATIVE_INFINITY;
  return async (line: string): Promise<void> => {
    const [, code] = FAILED.exec(line) ?? [];
    if (code === undefined || now() - told < EVERY_MS) return;
    told = now();
    const damaged = code === "CORRUPT" || code === "NOTADB";
    const free = await statfs(folder).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    );
    const message = damaged
      ? "the storage of an object is damaged"
      : "the disk is full, or cannot be written: objects take nothing until it can";
    say(JSON.stringify({ level: "error", message, code: `SQLITE_${code}`, folder, free_bytes: free }));
  };
}
