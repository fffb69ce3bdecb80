import { sqlStateOf } from "./sql-state.ts";

/** SQLSTATE of a lock that somebody else held for longer than was waited. */
const LOCK_NOT_AVAILABLE = "55P03";

/** Whether something thrown means that a lock was not had in time. */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === LOCK_NOT_AVAILABLE;
}
