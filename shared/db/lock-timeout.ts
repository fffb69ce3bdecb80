/** SQLSTATE of a lock that somebody else held for longer than was waited. */
const LOCK_NOT_AVAILABLE = "55P03";

/** Whether something thrown means that a lock was not had in time. */
export function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === LOCK_NOT_AVAILABLE) || isLockTimeout(error.cause);
}
