import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duration, formatDuration, parseDuration } from "../../../shared/contracts/duration.ts";

describe("durations", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["1w2d3h4m5s6ms", 788_645_006],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "m", "1.5h", "-1h", "30m1h", "1h 30m", "1y"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("are read back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it("are written in one way, and bounded", () => {
    const hour = duration(60_000, 3_600_000);
    expect(hour.parse("60m")).toBe("1h");
    expect(hour.safeParse("59s").error?.issues[0]?.message).toBe("must lie between 1m and 1h");
    expect(hour.safeParse("2h").success).toBe(false);
    expect(hour.safeParse("soon").error?.issues[0]?.message).toContain('"30s", "5m" or "1h30m"');
  });
});
