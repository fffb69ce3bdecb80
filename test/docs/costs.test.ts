import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ROOM_COSTS } from "../support/costs.ts";

test("docs/operating.md tells the rows that events cost a room", () => {
  const document = readFileSync("docs/operating.md", "utf8");
  const rows = [...document.matchAll(/^\| (?:a (?:listing|sale)|the same)[^|]*\| (\d+) \| (\d+) \|$/gm)];
  const told = rows.map(([, written, read]) => ({ written: Number(written), read: Number(read) }));
  expect(told).toEqual([
    ROOM_COSTS.listing,
    ROOM_COSTS.sale_of_listed,
    ROOM_COSTS.sale,
    ROOM_COSTS.sale_in_a_batch,
  ]);
});
