import { NeonDbError } from "@neondatabase/serverless";

/** SQLSTATE classes of a database that is there and cannot serve now: connection, resources, operator. */
const PASSING = /^(?:08|53|57)/;

/** Whether something thrown means that the database could not be asked, rather than that it refused what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof NeonDbError) return error.code === undefined || PASSING.test(error.code);
  return error instanceof Error && error.cause !== undefined && isDatabaseUnavailable(error.cause);
}
