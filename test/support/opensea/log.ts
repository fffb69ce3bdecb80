import { createLog, type Log } from "../../../shared/platform/log.ts";

/** A log whose lines can be looked at. */
export function recordLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(
    "debug",
    {},
    () => 0,
    (line) => lines.push(JSON.parse(line)),
  );
  return { log, lines };
}
