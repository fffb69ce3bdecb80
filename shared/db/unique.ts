/** SQLSTATE of a value that is there already. */
const UNIQUE_VIOLATION = "23505";

/** Whether something thrown means that a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && error.code === UNIQUE_VIOLATION) || isUniqueViolation(error.cause);
}
