import { describe, expect, it } from "vitest";
import type { RequestCount } from "../../../shared/contracts/room.ts";
import { RequestCounter } from "../../../shared/monitoring/request-counter.ts";
import { createLog } from "../../../shared/platform/log.ts";

/** An isolate whose five seconds end when the test says so. */
function anIsolate() {
  const clock = { now: 1_000_000 };
  const handed: RequestCount[][] = [];
  const waits: (() => void)[] = [];
  const work: Promise<unknown>[] = [];
  const board = { fails: false };
  const counter = new RequestCounter(() => new Promise((resolve) => waits.push(resolve)));
  const ctx = {
    now: () => clock.now,
    later: (promise: Promise<unknown>) => void work.push(promise),
    log: createLog("error", {}, undefined, () => {}),
    rooms: {
      board: {
        addRequests: async (counts: RequestCount[]) => {
          if (board.fails) throw new Error("away");
          handed.push(counts);
        },
      },
    },
  };
  const count = (given: Partial<Parameters<RequestCounter["count"]>[1]> = {}) =>
    counter.count(ctx, { method: "GET", route: "/health", status: 200, duration_ms: 20, ...given });
  const fiveSeconds = async () => {
    clock.now += 5000;
    for (const resolve of waits.splice(0)) resolve();
    await Promise.all(work.splice(0));
  };
  return { clock, handed, work, board, count, fiveSeconds };
}

describe("an isolate", () => {
  it("hands over in one call what it counted in five seconds", async () => {
    const { count, handed, work, fiveSeconds } = anIsolate();
    count();
    count({ duration_ms: 150 });
    count({ status: 404, route: "/api/v1/collections/{slug}" });
    expect(work).toHaveLength(1);
    expect(handed).toEqual([]);
    await fiveSeconds();
    expect(handed).toHaveLength(1);
    expect(handed[0]).toEqual([
      expect.objectContaining({
        method: "GET",
        route: "/health",
        status: "2xx",
        count: 2,
        sum_s: expect.closeTo(0.17),
      }),
      expect.objectContaining({ route: "/api/v1/collections/{slug}", status: "4xx", count: 1 }),
    ]);
    // 20 ms lie up to 25 ms, 150 ms up to 150 ms.
    expect(handed[0]?.[0]?.buckets).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    count();
    await fiveSeconds();
    expect(handed[1]).toEqual([expect.objectContaining({ count: 1 })]);
  });

  it("knows no methods but the usual ones, and no time that ran backwards", async () => {
    const { count, handed, fiveSeconds } = anIsolate();
    for (let i = 0; i < 100; i += 1) count({ method: `MADE-UP-${i}`, duration_ms: -5 });
    await fiveSeconds();
    expect(handed[0]).toEqual([expect.objectContaining({ method: "OTHER", count: 100, sum_s: 0 })]);
  });

  it("loses nothing while the board is away", async () => {
    const { count, handed, board, fiveSeconds } = anIsolate();
    board.fails = true;
    count();
    await fiveSeconds();
    board.fails = false;
    count();
    await fiveSeconds();
    expect(handed).toEqual([[expect.objectContaining({ count: 2 })]]);
  });

  it("begins another hand-over where the runtime stopped the one before", () => {
    const { count, clock, work } = anIsolate();
    count();
    clock.now += 29_000;
    count();
    expect(work).toHaveLength(1);
    clock.now += 2000;
    count();
    expect(work).toHaveLength(2);
  });
});
