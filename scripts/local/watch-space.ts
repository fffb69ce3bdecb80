import { freeMib } from "./data-folder.ts";

/** Below this, whoever runs the platform should hear of it: the database stops when its log cannot grow. */
const LOW_MIB = 128;
const LOOK_MS = 30_000;

interface SpaceDeps {
  free?: (folder: string) => Promise<number>;
  say(level: "error" | "info", message: string): void;
}

/**
 * Looks at the disk of the data folder now and then, and says once when it is almost full and once when it is not any
 * more. Returns a function that ends it, and one that looks at once.
 */
export function watchSpace(folder: string, { free = freeMib, say }: SpaceDeps) {
  let low = false;
  const look = async () => {
    const mib = await free(folder).catch(() => undefined);
    if (mib === undefined || mib < LOW_MIB === low) return;
    low = mib < LOW_MIB;
    if (low)
      say(
        "error",
        `the disk of the data folder ${folder} is almost full (${mib} MiB free): make room, or the platform stops`,
      );
    else say("info", `the disk of the data folder ${folder} has room again (${mib} MiB free)`);
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { look, stop: () => clearInterval(timer) };
}
