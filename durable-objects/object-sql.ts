import type { Sql, SqlRow, SqlValue } from "./room/sql.ts";

/** The SQLite of a Durable Object, as the room wants it. */
export function objectSql(storage: DurableObjectStorage): Sql {
  return {
    all: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]) =>
      storage.sql.exec<Row>(query, ...bindings).toArray(),
    size: () => storage.sql.databaseSize,
    transaction: (work) => storage.transactionSync(work),
  };
}
