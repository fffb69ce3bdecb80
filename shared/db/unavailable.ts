import { NeonDbError } from "@neondatabase/serverless";
import { sqlStateOf } from "./sql-state.ts";

/** The database could not be asked, or did not answer. */
export class DatabaseUnavailableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "DatabaseUnavailableError";
  }
}

/** The connection was lost after COMMIT was sent and before it was answered: what was written may stand or not. */
export class CommitUnknownError extends DatabaseUnavailableError {
  constructor(cause: unknown) {
    super("the connection was lost while the transaction was committed", cause);
    this.name = "CommitUnknownError";
  }
}

/**
 * SQLSTATEs of a database that is there and cannot serve now: connection, credentials, database, resources, operator,
 * system; a read-only standby; a transaction that was ended for its time, for a lock or for another one.
 */
const PASSING = /^(?:08|28|3D|40|53|57|58|25006|25P03|25P04|55P03)/;

/** SQLSTATEs that say that nothing of the transaction stands and that the same again can succeed. */
const CONTENTION = new Set(["55P03", "40P01", "40001"]);

/** Whether something thrown means that the database could not be asked, rather than that it refused what was asked. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === null ? isUnanswered(error) : PASSING.test(state);
}

/** Whether a transaction gave way to another: a lock it did not get, a deadlock, a serialisation failure. */
export function isContention(error: unknown): boolean {
  return CONTENTION.has(sqlStateOf(error) ?? "");
}

function isUnanswered(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError || error instanceof NeonDbError) return true;
  return error instanceof Error && error.cause !== undefined && isUnanswered(error.cause);
}
