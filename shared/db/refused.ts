import { sqlStateOf } from "./sql-state.ts";

/** SQLSTATE classes of values that Postgres will never take: data exceptions and integrity constraints. */
const FOR_GOOD = /^(?:22|23)/;

/** The SQLSTATE where something thrown means that Postgres refuses the values for good, else `null`. */
export function sqlStateOfRefusal(error: unknown): string | null {
  const state = sqlStateOf(error);
  return state !== null && FOR_GOOD.test(state) ? state : null;
}
