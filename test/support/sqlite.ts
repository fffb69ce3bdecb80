import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/room/sql.ts";
import { type Migration, migrate } from "../../durable-objects/storage/migrate.ts";

/** A backup of an object's storage, as a storage of its own. */
export function copyOf(storage: Sql): Sql {
  const made = storage.all<{ type: string; name: string; sql: string }>(
    "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by type desc",
  );
  const copy = memorySql();
  for (const { type, name, sql } of made) {
    copy.all(sql);
    if (type !== "table") continue;
    for (const row of storage.all(`select * from ${name}`)) {
      const columns = Object.keys(row);
      copy.all(
        `insert into ${name} (${columns.map((column) => `"${column}"`).join(", ")}) values (${columns.map(() => "?").join(", ")})`,
        ...Object.values(row),
      );
    }
  }
  return copy;
}

/** A new storage of the newest version. */
export function storageOf(migrations: readonly Migration[]): Sql {
  const sql = memorySql();
  migrate(sql, migrations);
  return sql;
}

/** The SQLite of an object, in memory, under plain Node. `crash` rolls back nothing: what was written stays. */
export function memorySql(): Sql {
  const database = new DatabaseSync(":memory:");
  // As the runtime does: most of the time would go into reading the same statements again.
  const statements = new Map<string, StatementSync>();
  const prepare = (query: string) => {
    const known = statements.get(query) ?? database.prepare(query);
    statements.set(query, known);
    return known;
  };
  return {
    all: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]) => {
      // `prepare` takes one statement; the tables of a part are made by several.
      if (bindings.length === 0 && /;\s*\S/.test(query)) {
        database.exec(query);
        return [];
      }
      const rows: unknown = prepare(query).all(...bindings);
      return rows as Row[];
    },
    size: () => {
      const pages = database
        .prepare(
          `select (p.page_count - f.freelist_count) * s.page_size as size
             from pragma_page_count p, pragma_freelist_count f, pragma_page_size s`,
        )
        .get();
      return Number(pages?.size);
    },
    transaction: (work) => {
      database.exec("begin");
      try {
        const result = work();
        database.exec("commit");
        return result;
      } catch (error) {
        // A full storage ends the transaction by itself.
        if (database.isTransaction) database.exec("rollback");
        throw error;
      }
    },
  };
}
