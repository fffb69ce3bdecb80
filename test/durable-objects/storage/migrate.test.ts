import { expect, test } from "vitest";
import { ROOM_STORAGE } from "../../../durable-objects/room/storage.ts";
import { type Migration, migrate, openStorage } from "../../../durable-objects/storage/migrate.ts";
import { memorySql } from "../../support/sqlite.ts";

const FIRST: Migration = "create table if not exists notes (id integer primary key, text text not null)";
const SECOND: Migration = (sql) => {
  sql.all("alter table notes add column length integer");
  sql.all("update notes set length = length(text)");
};

test("a new storage has all steps, one of any version those that it lacks, each once", () => {
  const fresh = memorySql();
  migrate(fresh, [FIRST, SECOND]);
  const old = memorySql();
  migrate(old, [FIRST]);
  old.all("insert into notes (text) values ('abc')");
  for (let opened = 0; opened < 2; opened++) migrate(old, [FIRST, SECOND]);
  expect(old.all("select text, length from notes")).toEqual([{ text: "abc", length: 3 }]);
  for (const sql of [fresh, old])
    expect(sql.all("select version from storage_version")).toEqual([{ version: 2 }]);
});

test("a storage from before there were versions goes through all steps and keeps what it has", () => {
  const sql = memorySql();
  sql.all("create table notes (id integer primary key, text text not null)");
  sql.all("insert into notes (text) values ('abc')");
  expect(openStorage(sql, [FIRST, SECOND])).toBe(true);
  expect(sql.all("select text, length from notes")).toEqual([{ text: "abc", length: 3 }]);
});

test("a room whose keys had briefs before there were versions is opened too", () => {
  const sql = memorySql();
  migrate(sql, ROOM_STORAGE.migrations.slice(0, 1));
  sql.all("alter table keys add column brief text");
  sql.all("insert into keys (hash, seq, at, brief) values ('a', 1, 1, '[]')");
  sql.all("drop table storage_version");
  migrate(sql, ROOM_STORAGE.migrations);
  expect(sql.all("select brief from keys")).toEqual([{ brief: "[]" }]);
});

test("opening what was never written to leaves nothing behind", () => {
  const sql = memorySql();
  expect(openStorage(sql, [FIRST])).toBe(false);
  expect(sql.all("select name from sqlite_master")).toEqual([]);
});

test("a step that fails takes the ones before it back", () => {
  const sql = memorySql();
  migrate(sql, [FIRST]);
  expect(() => migrate(sql, [FIRST, SECOND, "insert into nowhere values (1)"])).toThrow("nowhere");
  expect(sql.all("select version from storage_version")).toEqual([{ version: 1 }]);
  expect(sql.all("select name from pragma_table_info('notes')")).toHaveLength(2);
});

test("a newer storage than the code knows is refused, and not touched", () => {
  const sql = memorySql();
  migrate(sql, [FIRST, SECOND]);
  expect(() => openStorage(sql, [FIRST])).toThrow(
    "the storage is of version 2, and this code knows versions up to 1. Deploy the newer code again.",
  );
  expect(sql.all("select version from storage_version")).toEqual([{ version: 2 }]);
});
