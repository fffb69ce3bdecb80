import { z } from "zod";

const Value = z.union([z.string(), z.number(), z.null()]);

/** The storage of an object: what made its tables, their rows, and its key-value part. */
export const Stored = z.object({
  /** Statements of `sqlite_master`, tables before indexes. */
  schema: z.array(z.string()),
  rows: z.record(z.string(), z.array(z.record(z.string(), Value))),
  kv: z.record(z.string(), z.unknown()),
});
export type Stored = z.infer<typeof Stored>;

/** Not of the runtime, nor of SQLite. */
const OWN = `sql is not null and name not like 'sqlite\\_%' escape '\\' and name not like '\\_cf\\_%' escape '\\'`;

/** Tables with their columns, and indexes: what matters of a schema, however it came to be. */
export function shapeOf({ sql }: DurableObjectStorage): string[] {
  return sql
    .exec<{ type: string; name: string; sql: string }>(
      `select type, name, sql from sqlite_master where ${OWN} order by type, name`,
    )
    .toArray()
    .map(({ type, name, sql: text }) => {
      if (type !== "table") return text.replaceAll(/\s+/g, " ").replace("if not exists ", "");
      const columns = sql.exec<Record<string, SqlStorageValue>>(`pragma table_info("${name}")`).toArray();
      const told = columns.map((column) => `${column.name} ${column.type} ${column.notnull} ${column.pk}`);
      return `${name}: ${told.sort().join(", ")}`;
    });
}

/** Reads a storage out, to be kept as a fixture of the code that wrote it. */
export function dump({ sql, kv }: DurableObjectStorage): Stored {
  const made = sql
    .exec<{ type: string; name: string; sql: string }>(
      `select type, name, sql from sqlite_master where ${OWN} order by type desc, name`,
    )
    .toArray();
  const tables = made.filter(({ type }) => type === "table");
  return Stored.parse({
    schema: made.map(({ sql: text }) => text),
    rows: Object.fromEntries(tables.map(({ name }) => [name, sql.exec(`select * from "${name}"`).toArray()])),
    kv: Object.fromEntries(kv.list()),
  });
}

/** Makes a storage what `stored` says, whatever was in it. */
export async function restore(storage: DurableObjectStorage, { schema, rows, kv }: Stored): Promise<void> {
  await storage.deleteAll();
  for (const statement of schema) storage.sql.exec(statement);
  for (const [table, own] of Object.entries(rows))
    for (const row of own) {
      const names = Object.keys(row);
      storage.sql.exec(
        `insert into "${table}" (${names.map((name) => `"${name}"`).join(", ")}) values (${names.map(() => "?").join(", ")})`,
        ...Object.values(row),
      );
    }
  for (const [key, value] of Object.entries(kv)) storage.kv.put(key, value);
}
