import fc from "fast-check";
import { expect, it } from "vitest";
import { HealthLog } from "../../../durable-objects/board/health-log.ts";
import { RequestTotals } from "../../../durable-objects/board/request-totals.ts";
import { BOARD_STORAGE } from "../../../durable-objects/board/storage.ts";
import type { RequestCount } from "../../../shared/contracts/room.ts";
import { bucketOf, noBuckets } from "../../../shared/monitoring/request-counts.ts";
import { storageOf } from "../../support/sqlite.ts";

function counted(partial: Partial<RequestCount> & { seconds?: number } = {}): RequestCount {
  const { seconds = 0.02, count = 1, ...labels } = partial;
  const buckets = noBuckets();
  buckets[bucketOf(seconds)] = count;
  return {
    method: "GET",
    route: "/health",
    status: "2xx",
    count,
    sum_s: seconds * count,
    buckets,
    ...labels,
  };
}

function aBoard() {
  const clock = { now: 1_000_000 };
  const sql = storageOf(BOARD_STORAGE);
  const open = () => new RequestTotals(sql, () => clock.now);
  return { clock, sql, open };
}

it("adds up what isolates hand over, and has it still after the object was gone", () => {
  const { open } = aBoard();
  open().add([counted(), counted({ route: "/readyz" })]);
  open().add([counted({ seconds: 0.4 }), counted({ status: "5xx" })]);
  const counts = open().list();
  expect(counts.map(({ route, status, count }) => [route, status, count])).toEqual([
    ["/health", "2xx", 2],
    ["/health", "5xx", 1],
    ["/readyz", "2xx", 1],
  ]);
  expect(counts[0]?.sum_s).toBeCloseTo(0.42);
  expect(counts[0]?.buckets.reduce((sum, n) => sum + n)).toBe(2);
});

it("counts nothing less, and keeps a bounded number of series, whatever routes are named", () => {
  const { open } = aBoard();
  const totals = open();
  for (let batch = 0; batch < 5; batch += 1)
    totals.add(Array.from({ length: 600 }, (_, i) => counted({ route: `/made-up/${batch}/${i}` })));
  totals.add([counted({ route: "/made-up/0/0" })]);
  const counts = totals.list();
  expect(counts.length).toBeLessThanOrEqual(2001);
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(3001);
  expect(counts.find(({ route }) => route === "other")).toMatchObject({ method: "OTHER", count: 1000 });
  expect(counts.find(({ route }) => route === "/made-up/0/0")).toMatchObject({ count: 2 });
});

it("marks each tick, and shows others what came since the tick before the newest", () => {
  const { open, clock } = aBoard();
  const totals = open();
  expect(totals.mark(false).before).toBeNull();
  expect(totals.mark(true).before).toBeNull();
  totals.add([counted({ count: 10 }), counted({ status: "5xx", count: 2 })]);
  clock.now += 60_000;
  const second = open().mark(true);
  expect(second.before).toMatchObject({ at: 1_000_000, requests: 0 });
  expect(second.now).toMatchObject({ at: 1_060_000, requests: 12, errors: 2 });
  clock.now += 1000;
  expect(totals.mark(false)).toMatchObject({ before: { at: 1_000_000 }, now: { requests: 12 } });
  clock.now += 59_000;
  expect(totals.mark(true).before).toEqual(second.now);
  expect(totals.mark(false).before).toEqual(second.now);
});

it("remembers since when each part is seen as it is", () => {
  const { clock, sql } = aBoard();
  const status = fc.constantFrom("ok" as const, "degraded" as const, "down" as const);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b"), status), { maxLength: 30 }), (seen) => {
      sql.all("delete from health");
      const known = new Map<string, { status: string; since: number }>();
      for (const [name, now] of seen) {
        clock.now += 60_000;
        const before = known.get(name);
        if (before?.status !== now) known.set(name, { status: now, since: clock.now });
        const since = new HealthLog(sql, () => clock.now).note([{ name, status: now }]);
        expect(since).toEqual({ [name]: known.get(name)?.since });
      }
    }),
    { numRuns: 50 },
  );
});

it("forgets parts that nobody has spoken of for a month", () => {
  const { clock, sql } = aBoard();
  const log = new HealthLog(sql, () => clock.now);
  log.note([{ name: "opensea", status: "ok" }]);
  clock.now += 31 * 86_400_000;
  expect(log.note([{ name: "opensea", status: "ok" }])).toEqual({ opensea: clock.now });
});
