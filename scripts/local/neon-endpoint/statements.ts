import { z } from "zod";
import { SqlError } from "./sql-error.ts";

const Param = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? null : String(value)));

/** One statement as Neon's driver posts it: parameters by position, each as Postgres text. */
export const Statement = z.object({ query: z.string(), params: z.array(Param).default([]) });
export type Statement = z.output<typeof Statement>;

/** The body of `POST /sql`: one statement, or several that succeed or fail together. */
export const SqlRequest = z.union([z.object({ queries: z.array(Statement) }), Statement]);

/** What the driver expects back for each statement; every value is Postgres text. */
export interface StatementResult {
  command: string;
  rowCount: number | null;
  fields: { name: string; dataTypeID: number }[];
  rows: (string | null)[][];
}

const ISOLATION = new Map([
  ["readuncommitted", "READ UNCOMMITTED"],
  ["readcommitted", "READ COMMITTED"],
  ["repeatableread", "REPEATABLE READ"],
  ["serializable", "SERIALIZABLE"],
]);

/**
 * The BEGIN that the `Neon-Batch-*` headers ask for.
 * @throws SqlError for an isolation level that does not exist.
 */
export function beginStatement(header: (name: string) => string | undefined): string {
  const parts = ["BEGIN"];
  const level = header("neon-batch-isolation-level");
  if (level !== undefined) {
    const known = ISOLATION.get(level.toLowerCase());
    if (known === undefined)
      throw new SqlError({ message: `unknown isolation level ${level}`, code: "22023" });
    parts.push(`ISOLATION LEVEL ${known}`);
  }
  if (header("neon-batch-read-only") === "true") parts.push("READ ONLY");
  if (header("neon-batch-deferrable") === "true") parts.push("DEFERRABLE");
  return parts.join(" ");
}

/** `INSERT 0 5` -> INSERT, 5; `BEGIN` -> BEGIN, null. */
export function readCommandTag(tag: string): Pick<StatementResult, "command" | "rowCount"> {
  const [command = ""] = tag.split(" ");
  const count = /\d+$/.exec(tag)?.[0];
  return { command, rowCount: count === undefined ? null : Number(count) };
}
