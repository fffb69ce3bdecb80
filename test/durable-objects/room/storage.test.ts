import { expect, test } from "vitest";
import type { Sql } from "../../../durable-objects/room/sql.ts";
import { ROOM_STORAGE } from "../../../durable-objects/room/storage.ts";
import { migrate } from "../../../durable-objects/storage/migrate.ts";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

test("a room of an older version brings over two busy days of sales a part at a time", async () => {
  const { room: newer } = aRoom();
  await newer.ingest([anEvent({ price: "2.5" })]);
  const [sale] = eventsOf(newer);
  const sql = memorySql();
  let most = 0;
  const counting: Sql = {
    ...sql,
    all(query, ...bindings) {
      const rows = sql.all<never>(query, ...bindings);
      most = Math.max(most, rows.length);
      return rows;
    },
  };
  const beforeSalesChanged = ROOM_STORAGE.migrations.slice(0, 3);
  migrate(counting, beforeSalesChanged);
  for (let seq = 1; seq <= 2500; seq++)
    sql.all(
      "insert into recent_sales (seq, at, event_key, body, v) values (?, ?, ?, ?, 1)",
      seq,
      seq,
      `key-${seq}`,
      JSON.stringify({ ...sale, seq }),
    );
  migrate(counting, ROOM_STORAGE.migrations);
  expect(sql.all("select count(*) as n, max(seq) as last, max(amount) as amount from recent_sales")).toEqual([
    { n: 2500, last: 2500, amount: "2.5" },
  ]);
  expect(most).toBe(1000);
});
