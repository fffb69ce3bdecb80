import type { SQL } from "drizzle-orm";
import type { z } from "zod";

/** What runs single statements: the database, or a transaction, which sees what it wrote. */
export interface Reader {
  execute(statement: SQL): PromiseLike<{ rows: unknown[] }>;
}

/** The rows of one statement, each as `row` describes it. Throws where the statement and the shape disagree. */
export async function readRows<Row extends z.ZodType>(
  db: Reader,
  statement: SQL,
  row: Row,
): Promise<z.output<Row>[]> {
  const { rows } = await db.execute(statement);
  return row.array().parse(rows);
}
