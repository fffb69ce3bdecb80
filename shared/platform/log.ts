import { type Clock, isoTime, systemClock } from "./clock.ts";

const LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LEVELS)[number];
export const LogLevels = LEVELS;

export type LogFields = Record<string, string | number | boolean | null | undefined>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that every later line carries. */
  with(fields: LogFields): Log;
}

/** JSON lines, one object a line, so that any collector reads them. */
export function createLog(
  level: LogLevel,
  base: LogFields = {},
  clock: Clock = systemClock,
  write: (line: string) => void = (line) => console.log(line),
): Log {
  const lowest = LEVELS.indexOf(level);
  const emit = (at: LogLevel, message: string, fields: LogFields = {}) => {
    if (LEVELS.indexOf(at) < lowest) return;
    write(JSON.stringify({ time: isoTime(clock()), level: at, message, ...base, ...fields }));
  };
  return {
    debug: (message, fields) => emit("debug", message, fields),
    info: (message, fields) => emit("info", message, fields),
    warn: (message, fields) => emit("warn", message, fields),
    error: (message, fields) => emit("error", message, fields),
    with: (fields) => createLog(level, { ...base, ...fields }, clock, write),
  };
}
