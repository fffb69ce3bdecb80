import { firstRow, type Sql } from "../room/sql.ts";

/** A step of a storage: statements, or code where it depends on what is there. */
export type Migration = string | ((sql: Sql) => void);

/** A storage was written by newer code than this: reading it could only damage it. */
export class StorageTooNew extends Error {
  override readonly name = "StorageTooNew";
  constructor(found: number, known: number) {
    super(
      `STORAGE_TOO_NEW: the storage is of version ${found}, and this code knows versions up to ${known}. Deploy the newer code again.`,
    );
  }
}

const VERSION_TABLE =
  "create table if not exists storage_version (id integer primary key check (id = 1), version integer not null)";

/** Whether an object ever wrote a table; the runtime's own do not count. */
function hasTables(sql: Sql): boolean {
  const found = firstRow(
    sql,
    `select 1 as n from sqlite_master where type = 'table'
       and name not like 'sqlite\\_%' escape '\\' and name not like '\\_cf\\_%' escape '\\' limit 1`,
  );
  return found !== undefined;
}

function versionOf(sql: Sql): number {
  const made = firstRow(sql, "select 1 as n from sqlite_master where name = 'storage_version'") !== undefined;
  return made ? (firstRow<{ version: number }>(sql, "select version from storage_version")?.version ?? 0) : 0;
}

/**
 * Makes a storage's tables, or brings them to the newest version: the steps that it has not had, in order, all or none.
 * `migrations` is only ever appended to; the version is the number of steps. The first step also meets storages from
 * before there were versions, so it makes only what is missing.
 * @throws `StorageTooNew`
 */
export function migrate(sql: Sql, migrations: readonly Migration[]): void {
  const found = versionOf(sql);
  if (found > migrations.length) throw new StorageTooNew(found, migrations.length);
  if (found === migrations.length) return;
  sql.transaction(() => {
    for (const step of migrations.slice(found)) {
      if (typeof step === "string") sql.all(step);
      else step(sql);
    }
    sql.all(VERSION_TABLE);
    sql.all("insert or replace into storage_version (id, version) values (1, ?)", migrations.length);
  });
}

/** The same of a storage that something was written to; false where nothing ever was: that is left as it is. */
export function openStorage(sql: Sql, migrations: readonly Migration[]): boolean {
  if (!hasTables(sql)) return false;
  migrate(sql, migrations);
  return true;
}
