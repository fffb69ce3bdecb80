import type { SQL } from "drizzle-orm";
import type { z } from "zod";
import type { Db } from "./client.ts";

/** The rows of one statement, each as `row` describes it. Throws where the statement and the shape disagree. */
export async function readRows<Row extends z.ZodType>(
  db: Db,
  statement: SQL,
  row: Row,
): Promise<z.output<Row>[]> {
  const { rows } = await db.execute(statement);
  return row.array().parse(rows);
}
