import { expect, test } from "vitest";
import type { FlushBatch } from "../../../shared/market/flush-batch.ts";
import { beginWork } from "../../../shared/platform/work.ts";
import { anEvent } from "../../support/events.ts";
import { flusherOf } from "../../support/flusher.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { aRoom } from "../../support/room.ts";

function aFlusher() {
  const { room, clock } = aRoom();
  const batches: FlushBatch[] = [];
  let away = false;
  const store = async (batch: FlushBatch) => {
    if (away) throw new Error("connection refused to 10.1.2.3");
    batches.push(batch);
  };
  const { log, lines } = recordLog();
  const { flusher, recovered } = flusherOf(room, store, clock.now);
  const run = () => flusher.run(beginWork(log, null).log);
  const ingest = async (count: number, raw?: unknown) => {
    await room.ingest(Array.from({ length: count }, () => anEvent({ raw })));
    flusher.wake();
  };
  const setAway = (value: boolean) => {
    away = value;
  };
  return { room, clock, flusher, run, lines, batches, ingest, setAway, recovered };
}

test("events that never stop coming do not put the flush off, however late the alarm is", async () => {
  const { clock, run, batches, ingest } = aFlusher();
  for (let i = 0; i < 100; i++) {
    await ingest(1);
    clock.advance(20);
    // The alarm comes 25 ms after it was due, and another event has come in between.
    if (i % 12 === 11) {
      await ingest(1);
      await run();
    }
  }
  expect(batches.length).toBeGreaterThan(5);
});

test("while Postgres is away tries are farther and farther apart, but never so far that its return is noticed late", async () => {
  const { room, clock, flusher, run, batches, ingest, setAway, recovered } = aFlusher();
  setAway(true);
  await ingest(3);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    clock.advance(Math.max(0, flusher.dueAt() - clock.now()));
    await run();
    waits.push(flusher.dueAt() - clock.now());
  }
  expect(waits.map((ms) => Math.round(ms / 100) / 10)).toEqual([1, 2, 4, 6, 6, 6, 6, 6]);
  expect(flusher.lastError).not.toContain("10.1.2.3");
  setAway(false);
  clock.advance(30_000);
  await run();
  expect(batches.flatMap((batch) => batch.events.map((event) => event.seq))).toEqual([1, 2, 3]);
  expect(flusher.lastError).toBeNull();
  expect(flusher.dueAt()).toBe(Number.POSITIVE_INFINITY);
  expect(room.log.mark("flushed")).toBe(3);
  expect(recovered()).toBe(1);
});

test("a wait is cut short when Postgres answers somebody else", async () => {
  const { clock, flusher, run, ingest, setAway } = aFlusher();
  setAway(true);
  await ingest(3);
  for (let i = 0; i < 4; i++) {
    clock.advance(6000);
    await run();
  }
  expect(flusher.dueAt() - clock.now()).toBeGreaterThan(5000);
  flusher.hurry();
  expect(flusher.dueAt() - clock.now()).toBeLessThanOrEqual(500);
});

test("after failures Postgres is asked before it is sent anything, then little, then more again", async () => {
  const { clock, run, batches, ingest, setAway } = aFlusher();
  setAway(true);
  await ingest(3000);
  for (let i = 0; i < 4; i++) {
    clock.advance(6000);
    await run();
  }
  setAway(false);
  clock.advance(6000);
  await run();
  expect(batches.map((batch) => batch.events.length)).toEqual([0, 3, 12, 48, 192, 768, 1000, 977]);
});

test("large raw values make small batches, and every event is in one", async () => {
  const { clock, run, batches, ingest } = aFlusher();
  for (let i = 0; i < 4; i++) await ingest(100, "x".repeat(30_000));
  clock.advance(1000);
  await run();
  expect(batches.length).toBeGreaterThan(2);
  expect(batches.flatMap((batch) => batch.events.map((event) => event.seq))).toEqual(
    Array.from({ length: 400 }, (_, i) => i + 1),
  );
});

test("each run tells its failures under the trace that it was given", async () => {
  const { clock, run, lines, ingest, setAway } = aFlusher();
  setAway(true);
  await ingest(1);
  for (let i = 0; i < 2; i++) {
    clock.advance(30_000);
    await run();
  }
  expect(lines.map(({ message }) => message)).toEqual(["flush failed", "flush failed"]);
  expect(new Set(lines.map(({ trace_id }) => trace_id)).size).toBe(2);
});
