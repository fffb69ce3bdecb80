import { systemClock } from "../shared/platform/clock.ts";

/**
 * When to set an object's alarm for what is due at `due`, in milliseconds: never in the past. An alarm that is set
 * anew while it runs, to the very time that it runs for, is taken for the one that has run, and never comes.
 */
export function alarmTime(due: number): number {
  return Math.max(due, systemClock() + 1);
}
