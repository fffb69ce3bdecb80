import type { Clock } from "../../shared/platform/clock.ts";
import { StartupError } from "./startup-error.ts";

const MINUTE_MS = 60_000;
/** Minute, hour, day of the month, month, day of the week (1 is Sunday, as at Cloudflare). */
const RANGES = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
] as const;

function readField(field: string, [lowest, highest]: readonly [number, number]): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part);
    if (match === null) return undefined;
    const [, first, last, step] = match;
    const from = first === undefined ? lowest : Number(first);
    const to = last !== undefined ? Number(last) : first === undefined || step !== undefined ? highest : from;
    if (from < lowest || to > highest || from > to) return undefined;
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

/**
 * Whether a cron is due in the minute of `time` (UTC). Days match as in every cron: where both the day of the
 * month and of the week are restricted, either will do.
 * @throws StartupError for an expression with names or marks (L, W, #), which the local platform does not know.
 */
export function isDue(expression: string, time: number): boolean {
  const fields = expression.trim().split(/\s+/);
  const sets = RANGES.map((range, index) => readField(fields[index] ?? "", range));
  const [minutes, hours, days, months, weekdays] = sets;
  if (fields.length !== RANGES.length || !minutes || !hours || !days || !months || !weekdays)
    throw new StartupError(`The local platform cannot run the cron "${expression}".`);
  const at = new Date(time);
  const onDay = days.has(at.getUTCDate());
  const onWeekday = weekdays.has(at.getUTCDay() + 1);
  const bothRestricted = !fields[2]?.startsWith("*") && !fields[4]?.startsWith("*");
  return (
    minutes.has(at.getUTCMinutes()) &&
    hours.has(at.getUTCHours()) &&
    months.has(at.getUTCMonth() + 1) &&
    (bothRestricted ? onDay || onWeekday : onDay && onWeekday)
  );
}

interface CronDeps {
  now: Clock;
  /** Runs the scheduled handler for the minute that began at `time`. */
  tick(cron: string, time: number): Promise<void>;
  onProblem(message: string): void;
}

/**
 * Fires each cron when a minute begins. A tick that still runs is not joined by the next one, and minutes that
 * the machine slept through are not made up for.
 * @returns a function that ends it.
 */
export function startCron(expressions: string[], { now, tick, onProblem }: CronDeps): () => void {
  const running = new Set<string>();
  let timer: NodeJS.Timeout;
  const minuteOf = (time: number) => Math.floor(time / MINUTE_MS) * MINUTE_MS;
  const fire = async (cron: string, minute: number) => {
    if (running.has(cron))
      return onProblem(`the tick of "${cron}" takes longer than a minute; one is left out`);
    running.add(cron);
    try {
      await tick(cron, minute);
    } catch (error) {
      onProblem(`the tick of "${cron}" failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      running.delete(cron);
    }
  };
  const wait = (due: number) => {
    timer = setTimeout(() => {
      const time = now();
      // Timers may come a little early.
      if (time < due) return wait(due);
      const minute = minuteOf(time);
      for (const cron of expressions) if (isDue(cron, minute)) void fire(cron, minute);
      wait(minute + MINUTE_MS);
    }, due - now());
  };
  for (const cron of expressions) isDue(cron, now());
  wait(minuteOf(now()) + MINUTE_MS);
  return () => clearTimeout(timer);
}
