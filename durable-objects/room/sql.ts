export type SqlValue = string | number | null;
export type SqlRow = Record<string, SqlValue>;

/**
 * What the room needs of SQLite, so that the same code runs in an object and, in tests, over `node:sqlite`.
 * Nothing here is asynchronous: between two statements of one turn nobody else gets in.
 */
export interface Sql {
  all<Row extends SqlRow>(query: string, ...bindings: SqlValue[]): Row[];
  /** Bytes in use; what was deleted counts no more. */
  size(): number;
  /** Runs all of `work` or nothing of it. */
  transaction<T>(work: () => T): T;
}

/** The first row, or `undefined`. */
export function firstRow<Row extends SqlRow>(
  sql: Sql,
  query: string,
  ...bindings: SqlValue[]
): Row | undefined {
  return sql.all<Row>(query, ...bindings)[0];
}

/** Gives a table of an older version a column that it lacks; whether it lacked it. */
export function addColumn(sql: Sql, table: string, column: string, type: string): boolean {
  const columns = sql.all<{ name: string }>(`pragma table_info(${table})`);
  if (columns.some(({ name }) => name === column)) return false;
  sql.all(`alter table ${table} add column ${column} ${type}`);
  return true;
}
