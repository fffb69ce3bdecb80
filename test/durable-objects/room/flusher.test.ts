import { expect, test } from "vitest";
import { Flusher } from "../../../durable-objects/room/flusher.ts";
import type { FlushBatch } from "../../../shared/market/flush-batch.ts";
import { beginWork } from "../../../shared/platform/work.ts";
import { anEvent } from "../../support/events.ts";
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
  const flusher = new Flusher(room, store, clock.now);
  const run = () => flusher.run(beginWork(log, null).log);
  const ingest = async (count: number, raw?: unknown) => {
    await room.ingest(Array.from({ length: count }, () => anEvent({ raw })));
    flusher.wake();
  };
  const setAway = (value: boolean) => {
    away = value;
  };
  return { room, clock, flusher, run, lines, batches, ingest, setAway };
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

test("while Postgres is away tries are farther and farther apart, and nothing internal is told", async () => {
  const { room, clock, flusher, run, batches, ingest, setAway } = aFlusher();
  setAway(true);
  await ingest(3);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    clock.advance(Math.max(0, flusher.dueAt() - clock.now()));
    await run();
    waits.push(flusher.dueAt() - clock.now());
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  expect(flusher.lastError).not.toContain("10.1.2.3");
  setAway(false);
  clock.advance(30_000);
  await run();
  expect(batches.flatMap((batch) => batch.events.map((event) => event.seq))).toEqual([1, 2, 3]);
  expect(flusher.lastError).toBeNull();
  expect(flusher.dueAt()).toBe(Number.POSITIVE_INFINITY);
  expect(room.log.mark("flushed")).toBe(3);
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
