import { NeonDbError } from "@neondatabase/serverless";

/** SQLSTATE classes of values that Postgres will never take: data exceptions and integrity constraints. */
const FOR_GOOD = /^(?:22|23)/;

/** The SQLSTATE where something thrown means that Postgres refuses the values for good, else `null`. */
export function sqlStateOfRefusal(error: unknown): string | null {
  if (error instanceof NeonDbError)
    return error.code !== undefined && FOR_GOOD.test(error.code) ? error.code : null;
  return error instanceof Error && error.cause !== undefined ? sqlStateOfRefusal(error.cause) : null;
}
