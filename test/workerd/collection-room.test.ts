import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { CollectionRoom } from "../../durable-objects/collection-room.ts";
import { objectSql } from "../../durable-objects/object-sql.ts";
import { anEvent } from "../support/events.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      COLLECTION_ROOM: DurableObjectNamespace<CollectionRoom>;
    }
  }
}

test("what a room takes is in the object's own storage, and its numbers go on in the next instance", async () => {
  const room = env.COLLECTION_ROOM.getByName("stored");
  expect(await room.position()).toBeNull();
  const first = await room.ingest("stored", [
    anEvent({ collection: "stored" }),
    anEvent({ collection: "stored" }),
  ]);
  expect(first.accepted).toEqual([
    { index: 0, seq: 1 },
    { index: 1, seq: 2 },
  ]);
  await runInDurableObject(room, (_object, state) => {
    expect(state.storage.sql.exec("select count(*) as n from log").one()).toEqual({ n: 2 });
    expect(state.storage.sql.exec("select value from marks where name = 'sent'").one()).toEqual({
      value: "2",
    });
  });
});

test("asking a room that never took an event leaves nothing in storage", async () => {
  const room = env.COLLECTION_ROOM.getByName("asked-only");
  expect(await room.position()).toBeNull();
  expect(await room.snapshot()).toBeNull();
  await runInDurableObject(room, (_object, state) => {
    const tables = state.storage.sql.exec("select name from sqlite_master where name = 'log'").toArray();
    expect(tables).toEqual([]);
  });
});

test("a flush that Postgres does not take keeps the events and sets the alarm for another try", async () => {
  const room = env.COLLECTION_ROOM.getByName("unflushed");
  await room.ingest("unflushed", [anEvent({ collection: "unflushed" })]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await runDurableObjectAlarm(room);
  await runInDurableObject(room, async (_object, state) => {
    expect(state.storage.sql.exec("select value from marks where name = 'flushed'").toArray()).toEqual([]);
    expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now());
  });
  expect((await room.page(0, 10)).events).toHaveLength(1);
});

test("a transaction of the object's SQLite leaves nothing when it throws", async () => {
  const room = env.COLLECTION_ROOM.getByName("transactions");
  await runInDurableObject(room, (_object, state) => {
    const sql = objectSql(state.storage);
    sql.all("create table t (n integer)");
    expect(() =>
      sql.transaction(() => {
        sql.all("insert into t values (1)");
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(sql.all("select * from t")).toEqual([]);
  });
});

test("what is deleted counts no more in the size of an object's storage", async () => {
  await runInDurableObject(env.COLLECTION_ROOM.getByName("sized"), (_object, state) => {
    const sql = objectSql(state.storage);
    sql.all("create table t (text text)");
    const before = sql.size();
    for (let i = 0; i < 100; i++) sql.all("insert into t values (?)", "x".repeat(10_000));
    expect(sql.size()).toBeGreaterThan(before + 900_000);
    sql.all("delete from t");
    expect(sql.size()).toBeLessThan(before + 100_000);
  });
});

/** The lines that `work` has the objects write. */
async function linesOf(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const written = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await work();
    return written.mock.calls.map(([line]) => JSON.parse(String(line)));
  } finally {
    written.mockRestore();
  }
}

test("a batch that is not taken is told under the trace of whoever sent it", async () => {
  const room = env.COLLECTION_ROOM.getByName("traced");
  await room.ingest("traced", [anEvent({ collection: "traced" })]);
  await runInDurableObject(room, (_object, state) => {
    state.storage.sql.exec(
      "create trigger refuse before insert on log begin select raise(abort, 'full'); end",
    );
  });
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  const lines = await linesOf(() =>
    runInDurableObject(room, (object) =>
      object
        .ingest("traced", [anEvent({ collection: "traced" })], `00-${trace}-00f067aa0ba902b7-01`)
        .catch(() => undefined),
    ),
  );
  expect(lines).toMatchObject([
    { message: "a batch was not taken", trace_id: trace, object: "CollectionRoom" },
  ]);
});

test("each run of an alarm is told under a trace of its own", async () => {
  const room = env.COLLECTION_ROOM.getByName("alarmed");
  const lines = await linesOf(async () => {
    await room.ingest("alarmed", [anEvent({ collection: "alarmed" })]);
    // The first try comes after 200 ms, the second a second later.
    await new Promise((resolve) => setTimeout(resolve, 2000));
  });
  const traces = lines.filter((line) => line.room === "alarmed").map((line) => String(line.trace_id));
  expect(traces.length).toBeGreaterThan(1);
  expect(new Set(traces).size).toBe(traces.length);
  for (const trace of traces) expect(trace).toMatch(/^[0-9a-f]{32}$/);
});
