import { expect, test } from "vitest";
import { Coalescer } from "../../../durable-objects/live/coalescer.ts";
import { fixedClock } from "../../support/room.ts";

function aCoalescer(receivers: number) {
  const clock = fixedClock();
  const timers: { work: () => void; ms: number }[] = [];
  let emitted = 0;
  const coalescer = new Coalescer({
    now: clock.now,
    schedule: (work, ms) => timers.push({ work, ms }),
    receivers: () => receivers,
    emit: () => {
      emitted += 1;
    },
  });
  return { coalescer, clock, timers, emitted: () => emitted };
}

test("an idle room sends at once, however many watch", () => {
  const { coalescer, emitted, timers } = aCoalescer(5000);
  coalescer.kick();
  expect(emitted()).toBe(1);
  expect(timers).toEqual([]);
});

test("a burst becomes one frame after the first", () => {
  const { coalescer, clock, timers, emitted } = aCoalescer(2000);
  for (let i = 0; i < 50; i++) coalescer.kick();
  expect(emitted()).toBe(1);
  expect(timers).toHaveLength(1);
  clock.advance(timers[0]?.ms ?? 0);
  timers[0]?.work();
  expect(emitted()).toBe(2);
});

test("under load an event waits for those behind it even when the window has just passed", () => {
  const { coalescer, clock, timers, emitted } = aCoalescer(2000);
  coalescer.kick();
  clock.advance(100);
  coalescer.kick();
  expect(emitted()).toBe(1);
  expect(timers[0]?.ms).toBeGreaterThan(0);
  clock.advance(timers[0]?.ms ?? 0);
  timers[0]?.work();
  expect(emitted()).toBe(2);
});

test("a room with few watchers hardly waits, and the wait has an end", () => {
  const waitOf = (receivers: number) => {
    const { coalescer, timers } = aCoalescer(receivers);
    coalescer.kick();
    coalescer.kick();
    return timers[0]?.ms ?? 0;
  };
  expect(waitOf(20)).toBeLessThan(1);
  expect(waitOf(2000)).toBeGreaterThan(20);
  expect(waitOf(1_000_000)).toBe(250);
});
