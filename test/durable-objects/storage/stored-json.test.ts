import { expect, test } from "vitest";
import { z } from "zod";
import { EventLog } from "../../../durable-objects/room/event-log.ts";
import { ROOM_STORAGE } from "../../../durable-objects/room/storage.ts";
import { KvCell } from "../../../durable-objects/storage/kv-cell.ts";
import { BodyFormat, StoredJson } from "../../../durable-objects/storage/stored-json.ts";
import { memorySql } from "../../support/sqlite.ts";

const First = z.object({ name: z.string() });
const Third = z.object({ names: z.array(z.string()), count: z.number() });
const toSecond = (old: unknown) => ({ names: [First.parse(old).name] });
const toThird = (old: unknown) => {
  const { names } = Third.pick({ names: true }).parse(old);
  return { names, count: names.length };
};
const newest = new StoredJson(Third, [toSecond, toThird]);

test("a value of any older version is read as today's, also one from before there were versions", () => {
  const expected = { names: ["a"], count: 1 };
  expect(newest.read('{"name":"a"}')).toEqual(expected);
  expect(newest.read(new StoredJson(First).write({ name: "a" }))).toEqual(expected);
  expect(newest.read('{"v":2,"value":{"names":["a"]}}')).toEqual(expected);
  expect(newest.read(newest.write(expected))).toEqual(expected);
  // One that looks like an envelope and is none.
  const Versioned = z.object({ v: z.number(), value: z.string(), more: z.string() });
  expect(new StoredJson(Versioned).read('{"v":7,"value":"x","more":"y"}')).toMatchObject({ v: 7 });
});

test("a value of a newer version is refused", () => {
  expect(() => new StoredJson(First).read(newest.write({ names: [], count: 0 }))).toThrow("STORAGE_TOO_NEW");
});

test("the key-value part keeps versions too", () => {
  const kept = new Map<string, unknown>([["who", { name: "a" }]]);
  const kv = {
    get: (key: string) => kept.get(key),
    put: (key: string, value: unknown) => kept.set(key, value),
    delete: (key: string) => kept.delete(key),
  };
  const cell = new KvCell(kv, "who", newest);
  expect(cell.get()).toEqual({ names: ["a"], count: 1 });
  cell.put({ names: [], count: 0 });
  expect(kept.get("who")).toEqual({ v: 3, value: { names: [], count: 0 } });
  cell.delete();
  expect(cell.get()).toBeNull();
});

test("the events of a log are read as today's code would have written them", () => {
  const sql = memorySql();
  const { migrations } = ROOM_STORAGE;
  const log = EventLog.create(sql, { migrations, format: new BodyFormat() }, "ep_1");
  log.append(1, '{"seq":1}', 0);
  const later = new BodyFormat([(old) => ({ ...Object(old), more: true })]);
  const reopened = EventLog.open(sql, { migrations, format: later });
  reopened?.append(2, '{"seq":2,"more":true}', 0);
  expect(reopened?.page(0, 10)).toEqual(['{"seq":1,"more":true}', '{"seq":2,"more":true}']);
  expect(() => EventLog.open(sql, { migrations, format: new BodyFormat() })?.page(0, 10)).toThrow(
    "STORAGE_TOO_NEW",
  );
});
