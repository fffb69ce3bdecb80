import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EngineRunner, RUN_DEADLINE_MS, SLOW_RUN_MS } from "../../../durable-objects/engine/runner.ts";
import { createLog } from "../../../shared/platform/log.ts";

type Run = (traceparent: string | null) => Promise<{ next: number | null }>;
const AWAY = new DOMException("no answer", "TimeoutError");
const silence: Run = () => new Promise(() => {});

/** A runner whose alarm the test fires, as the runtime does: one at a time. */
function aRunner(runs: Run[]) {
  let set: number | null = null;
  const ran: number[] = [];
  const lines: string[] = [];
  const runner = new EngineRunner({
    now: () => Date.now(),
    random: () => 0.5,
    log: createLog("error", {}, undefined, (line) => lines.push(line)),
    setAlarm: (at) => {
      set = at;
    },
    run: (traceparent) => {
      ran.push(Date.now());
      return (runs.shift() ?? (async () => ({ next: null })))(traceparent);
    },
  });
  return {
    runner,
    ran,
    lines,
    /** When the alarm is set to go, from now. */
    due: () => (set === null ? null : set - Date.now()),
    lose: () => {
      set = null;
    },
    /** Waits for the alarm and lets it ring. */
    ring: () => {
      if (set !== null) vi.setSystemTime(Math.max(set, Date.now()));
      set = null;
      return runner.alarm();
    },
  };
}

describe("an engine's runner", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("ends a run on a connection that went silent, and tries again within seconds", async () => {
    const { runner, ring, due, lines } = aRunner([silence]);
    runner.wake(null);
    const alarm = ring();
    await vi.advanceTimersByTimeAsync(RUN_DEADLINE_MS);
    await alarm;
    expect(lines).toEqual([expect.stringContaining("an evaluation failed")]);
    expect(due()).toBeLessThanOrEqual(4000);
    expect(due()).toBeGreaterThan(0);
  });

  it("gives a run up that hangs when it is woken, since whoever wakes it has reached the database", async () => {
    const { runner, ring, due, ran } = aRunner([silence]);
    runner.wake(null);
    const alarm = ring();
    await vi.advanceTimersByTimeAsync(SLOW_RUN_MS);
    runner.wake(null);
    await alarm;
    expect(due()).toBeLessThanOrEqual(100);
    await ring();
    expect(ran).toHaveLength(2);
  });

  it("leaves a run that is slow twice in a row its time, so that it comes to an end", async () => {
    const { runner, ring, ran } = aRunner([
      silence,
      () => new Promise((resolve) => setTimeout(resolve, 3 * SLOW_RUN_MS, { next: null })),
    ]);
    runner.wake(null);
    const first = ring();
    await vi.advanceTimersByTimeAsync(SLOW_RUN_MS);
    runner.wake(null);
    await first;
    let ended = false;
    const second = ring().then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(2 * SLOW_RUN_MS);
    runner.wake(null);
    await vi.advanceTimersByTimeAsync(0);
    expect(ended).toBe(false);
    await vi.advanceTimersByTimeAsync(SLOW_RUN_MS);
    await second;
    expect(ran).toHaveLength(2);
  });

  it("tries again within four seconds while the database is away, and half a minute after other failures", async () => {
    const { runner, ring, due } = aRunner([
      ...Array.from({ length: 8 }, () => () => Promise.reject(AWAY)),
      ...Array.from({ length: 8 }, () => () => Promise.reject(new Error("a rule is broken"))),
    ]);
    runner.wake(null);
    const waits: (number | null)[] = [];
    for (let run = 0; run < 16; run++) {
      await ring();
      waits.push(due());
    }
    expect(waits.slice(0, 4)).toEqual([750, 1500, 3000, 3000]);
    expect(Math.max(...waits.slice(0, 8).map(Number))).toBe(3000);
    expect(waits.at(-1)).toBe(22_500);
  });

  it("is woken out of a long wait by what happens meanwhile", async () => {
    const { runner, ring, due } = aRunner([...Array.from({ length: 8 }, () => () => Promise.reject(AWAY))]);
    runner.wake(null);
    for (let run = 0; run < 8; run++) await ring();
    runner.wake(null);
    expect(due()).toBe(100);
  });

  it("sets an alarm again that the runtime lost", async () => {
    const { runner, lose, due } = aRunner([]);
    runner.wake(null);
    lose();
    runner.wake(null);
    expect(due()).toBeNull();
    vi.setSystemTime(Date.now() + 60_000);
    runner.wake(null);
    expect(due()).toBe(100);
  });

  it("runs once for many wakes, and once more for what came while it ran", async () => {
    let finish = () => {};
    const { runner, ring, ran, due } = aRunner([
      () => new Promise((resolve) => (finish = () => resolve({ next: null }))),
    ]);
    runner.wake("a");
    runner.wake("b");
    const alarm = ring();
    runner.wake("c");
    finish();
    await alarm;
    expect(ran).toHaveLength(1);
    expect(due()).not.toBeNull();
    await ring();
    expect(ran).toHaveLength(2);
    expect(due()).toBeNull();
  });
});
