import { sqlStateOf } from "./sql-state.ts";
import { isContention, isDatabaseUnavailable } from "./unavailable.ts";

/**
 * The SQLSTATE where something thrown means that Postgres refuses what it was asked and will do so again, else `null`:
 * for the values, or for a schema that does not fit.
 */
export function sqlStateOfRefusal(error: unknown): string | null {
  return isDatabaseUnavailable(error) || isContention(error) ? null : sqlStateOf(error);
}
