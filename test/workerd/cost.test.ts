import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { AlertEngine } from "../../durable-objects/alert-engine.ts";
import { EventLog } from "../../durable-objects/room/event-log.ts";
import { Room } from "../../durable-objects/room/room.ts";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/room/sql.ts";
import { ROOM_STORAGE } from "../../durable-objects/room/storage.ts";
import { ROOM_COSTS } from "../support/costs.ts";
import { anEvent } from "../support/events.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      ALERT_ENGINE: DurableObjectNamespace<AlertEngine>;
    }
  }
}

/** A storage that counts rows as Cloudflare bills them: those written with those of indexes, and those read. */
function countedSql(storage: DurableObjectStorage) {
  const counted = { written: 0, read: 0 };
  const sql: Sql = {
    all: <Row extends SqlRow>(query: string, ...bindings: SqlValue[]) => {
      const cursor = storage.sql.exec<Row>(query, ...bindings);
      const rows = cursor.toArray();
      counted.written += cursor.rowsWritten;
      counted.read += cursor.rowsRead;
      return rows;
    },
    size: () => storage.sql.databaseSize,
    transaction: (work) => storage.transactionSync(work),
  };
  return { sql, counted };
}

const at = (n: number) => new Date(Date.now() - 3_600_000 + n * 1000).toISOString();
const sale = (n: number) =>
  anEvent({
    event_key: `sale-${n}`,
    token_id: `${n}`,
    order_id: `0x${n}`,
    from: `0xfrom${n}`,
    to: `0xto${n}`,
    occurred_at: at(n),
  });
const listing = (n: number) =>
  anEvent({
    event_key: `listing-${n}`,
    kind: "listing",
    token_id: `${n}`,
    order_id: `0x${n}`,
    from: `0xfrom${n}`,
    to: null,
    occurred_at: at(n),
  });
const from = (first: number, make: (n: number) => ReturnType<typeof anEvent>, count = 100) =>
  Array.from({ length: count }, (_, i) => make(first + i));

test("what an event costs a room in rows is what the document says, however many it has", async () => {
  // Any object that keeps no tables of its own.
  await runInDurableObject(env.ALERT_ENGINE.getByName("counted"), async (_object, state) => {
    const { sql, counted } = countedSql(state.storage);
    const room = new Room(sql, EventLog.create(sql, ROOM_STORAGE, "ep_1"), "punks", Date.now);
    const cost = async (work: () => Promise<unknown>) => {
      const before = { ...counted };
      await work();
      return {
        written: Math.round((counted.written - before.written) / 100),
        read: Math.round((counted.read - before.read) / 100),
      };
    };
    const oneByOne = (events: ReturnType<typeof anEvent>[]) => async () => {
      for (const event of events) await room.ingest([event]);
    };
    // What stands in the book is not read again for each event.
    await room.ingest(from(1000, listing, 1000));
    const measured: Record<keyof typeof ROOM_COSTS, unknown> = {
      listing: await cost(oneByOne(from(1, listing))),
      sale_of_listed: await cost(oneByOne(from(1, sale))),
      sale: await cost(oneByOne(from(2000, sale))),
      sale_in_a_batch: await cost(() => room.ingest(from(3000, sale))),
    };
    // By two more or less: what is due at the turn of a minute may fall into it.
    const close = Object.entries(ROOM_COSTS).map(([name, { written, read }]) => [
      name,
      { written: expect.closeTo(written, -0.7), read: expect.closeTo(read, -0.7) },
    ]);
    expect(measured).toEqual(Object.fromEntries(close));
  });
});
