import { sqlStateOf } from "./sql-state.ts";

/** SQLSTATE of a value that is there already. */
const UNIQUE_VIOLATION = "23505";

/** Whether something thrown means that a unique index refused a row. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === UNIQUE_VIOLATION;
}
