import { DatabaseSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/room/sql.ts";

/** The SQLite of an object, in memory, under plain Node. `crash` rolls back nothing: what was written stays. */
export function memorySql(): Sql {
  const database = new DatabaseSync(":memory:");
  return {
    all: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]) => {
      // `prepare` takes one statement; the tables of a part are made by several.
      if (bindings.length === 0 && /;\s*\S/.test(query)) {
        database.exec(query);
        return [];
      }
      const rows: unknown = database.prepare(query).all(...bindings);
      return rows as Row[];
    },
    transaction: (work) => {
      database.exec("begin");
      try {
        const result = work();
        database.exec("commit");
        return result;
      } catch (error) {
        database.exec("rollback");
        throw error;
      }
    },
  };
}
