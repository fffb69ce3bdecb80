import { addColumn, type Sql } from "../room/sql.ts";

/** The tables of a log and of the keys that it has taken, which rooms of collections and of users have. */
export function makeLogTables(sql: Sql): void {
  sql.all(`
    create table if not exists log (seq integer primary key, at integer not null, body text not null);
    create table if not exists marks (name text primary key, value text not null) without rowid;
    create table if not exists keys (hash text primary key, seq integer not null, at integer not null) without rowid;
    create index if not exists keys_at on keys (at);
  `);
  addColumn(sql, "keys", "turn", "integer not null default 0");
  addColumn(sql, "keys", "ended_by", "text");
}

/** The version of a body's shape, beside it. */
export function addBodyVersion(sql: Sql, table: string): void {
  sql.all(`alter table ${table} add column v integer not null default 1`);
}

/**
 * What a correction must know of the event that a key named, once the log has forgotten it. For some commits before
 * there were versions it was made without one.
 */
export function addKeyBrief(sql: Sql): void {
  addColumn(sql, "keys", "brief", "text");
}
