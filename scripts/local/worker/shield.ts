import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { CACHE } from "../paths.ts";

/** The program that Miniflare itself would start. */
function workerdOfMiniflare(): string {
  const { resolve } = createRequire(import.meta.url);
  return z.object({ default: z.string() }).parse(createRequire(resolve("miniflare"))("workerd")).default;
}

/** workerd takes SIGTERM back for itself, so it gets a session of its own where there is a command for that. */
const WRAPPER = `#!/bin/sh
trap '' INT TERM HUP
if command -v setsid >/dev/null; then exec setsid "$XSEMA_WORKERD" "$@"; fi
exec "$XSEMA_WORKERD" "$@"
`;

/**
 * Has Miniflare start workerd by a shell that takes it out of reach of what a terminal or a service manager sends to the
 * whole group of processes. Ctrl-C would otherwise end workerd first: sockets would be cut without a word, and Miniflare would take
 * it for a crash and start another. Not on Windows, which has no such shell.
 */
export async function shieldWorkerd(): Promise<void> {
  if (process.platform === "win32" || process.env.MINIFLARE_WORKERD_PATH !== undefined) return;
  const file = join(CACHE, "workerd.sh");
  const unfinished = `${file}.${process.pid}.${Date.now()}`;
  await mkdir(CACHE, { recursive: true });
  await writeFile(unfinished, WRAPPER);
  await chmod(unfinished, 0o700);
  await rename(unfinished, file);
  process.env.XSEMA_WORKERD = workerdOfMiniflare();
  process.env.MINIFLARE_WORKERD_PATH = file;
}
