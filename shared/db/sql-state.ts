import { DatabaseError, NeonDbError } from "@neondatabase/serverless";

/** The SQLSTATE that Postgres gave with something thrown, by whichever way it was asked; `null` where it gave none. */
export function sqlStateOf(error: unknown): string | null {
  if (error instanceof NeonDbError || error instanceof DatabaseError) return error.code ?? null;
  return error instanceof Error && error.cause !== undefined ? sqlStateOf(error.cause) : null;
}
