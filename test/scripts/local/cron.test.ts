import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isDue, startCron } from "../../../scripts/local/cron.ts";
import { StartupError } from "../../../scripts/local/startup-error.ts";

const at = (text: string) => Date.parse(`${text}Z`);

describe("a cron expression", () => {
  // 2026-11-22 is a Sunday, which Cloudflare counts as 1.
  it.each([
    ["* * * * *", "2026-11-22T10:17:00", true],
    ["17 10 * * *", "2026-11-22T10:17:59", true],
    ["17 10 * * *", "2026-11-22T10:18:00", false],
    ["*/15 * * * *", "2026-11-22T10:45:00", true],
    ["*/15 * * * *", "2026-11-22T10:46:00", false],
    ["5/20 * * * *", "2026-11-22T10:45:00", true],
    ["0 8-10,20 * * *", "2026-11-22T09:00:00", true],
    ["0 8-10,20 * * *", "2026-11-22T11:00:00", false],
    ["0 0 1 1 *", "2027-01-01T00:00:00", true],
    ["0 0 * * 1", "2026-11-22T00:00:00", true],
    ["0 0 * * 1", "2026-11-23T00:00:00", false],
    ["0 0 1 * 1", "2026-11-22T00:00:00", true],
    ["0 0 1 * 1", "2026-12-01T00:00:00", true],
    ["0 0 1 * 1", "2026-12-02T00:00:00", false],
  ])("%s at %s: %s", (expression, time, due) => {
    expect(isDue(expression, at(time))).toBe(due);
  });

  it.each(["* * * *", "60 * * * *", "0 0 L * *", "0 0 * * MON", "5-1 * * * *", "*/0 * * * *", ""])(
    "that cannot be run is refused: %j",
    (expression) => {
      expect(() => isDue(expression, 0)).toThrow(StartupError);
    },
  );
});

describe("the cron", () => {
  beforeEach(() => vi.useFakeTimers({ now: at("2026-11-22T10:00:30") }));
  afterEach(() => vi.useRealTimers());

  function start(expressions: string[], tick: (cron: string, time: number) => Promise<void>) {
    const problems: string[] = [];
    const stop = startCron(expressions, { now: Date.now, tick, onProblem: (text) => problems.push(text) });
    return { problems, stop };
  }

  it("fires when a minute begins, with that minute as its time", async () => {
    const ticks: string[] = [];
    const { stop } = start(["* * * * *", "*/2 * * * *"], async (cron, time) => {
      ticks.push(`${cron} ${new Date(time).toISOString().slice(14, 19)}`);
    });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(ticks).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_001);
    expect(ticks).toEqual(["* * * * * 01:00", "* * * * * 02:00", "*/2 * * * * 02:00"]);
    stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ticks).toHaveLength(3);
  });

  it("leaves a tick out while the one before it still runs, and says so", async () => {
    const started: number[] = [];
    const { problems, stop } = start(["* * * * *"], async (_cron, time) => {
      started.push(time);
      await new Promise((resolve) => setTimeout(resolve, 90_000));
    });
    await vi.advanceTimersByTimeAsync(30_000 + 3 * 60_000);
    expect(started).toEqual([at("2026-11-22T10:01:00"), at("2026-11-22T10:03:00")]);
    expect(problems).toHaveLength(2);
    stop();
  });

  it("goes on after a tick that failed, and says what went wrong", async () => {
    let ticks = 0;
    const { problems, stop } = start(["* * * * *"], async () => {
      ticks += 1;
      throw new Error("no luck");
    });
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(ticks).toBe(2);
    expect(problems[0]).toContain("no luck");
    stop();
  });

  it("does not make up for minutes that the machine slept through", async () => {
    const ticks: number[] = [];
    const { stop } = start(["* * * * *"], async (_cron, time) => {
      ticks.push(time);
    });
    vi.setSystemTime(at("2026-11-22T13:30:10"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ticks).toEqual([at("2026-11-22T13:30:00"), at("2026-11-22T13:31:00")]);
    stop();
  });
});
