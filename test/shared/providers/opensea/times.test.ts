import { describe, expect, it } from "vitest";
import { SkippedEvent } from "../../../../shared/providers/opensea/skip.ts";
import { expiresAt, occurredAt, readTime } from "../../../../shared/providers/opensea/times.ts";

const NOW = Date.UTC(2026, 8, 9, 10, 30);

describe("readTime", () => {
  it.each([
    [1788949571, "2026-09-09T10:26:11.000Z"],
    ["1788949571", "2026-09-09T10:26:11.000Z"],
    ["2026-09-09T10:18:41.216000Z", "2026-09-09T10:18:41.216Z"],
    ["2022-12-01T16:09:22.951285+00:00", "2022-12-01T16:09:22.951Z"],
    ["2026-09-09T12:18:41+02:00", "2026-09-09T10:18:41.000Z"],
    ["2023-11-22T08:24:35.074631", "2023-11-22T08:24:35.074Z"],
    ["2022-01-01", "2022-01-01T00:00:00.000Z"],
  ])("reads %s", (value, expected) => {
    expect(new Date(readTime(value) ?? 0).toISOString()).toBe(expected);
  });

  it.each([[0], [5], ["yesterday"], [""], [null], [undefined], [1788949571000]])(
    "finds no time in %s",
    (value) => {
      expect(readTime(value)).toBeNull();
    },
  );
});

describe("occurredAt", () => {
  const reasonOf = (values: (string | number | null)[]) => {
    try {
      occurredAt(values, NOW);
    } catch (error) {
      return error instanceof SkippedEvent ? error.reason : error;
    }
    return "taken";
  };

  it("takes the first time that is given", () => {
    expect(occurredAt([null, 1788949571, "2020-01-01T00:00:00Z"], NOW)).toBe("2026-09-09T10:26:11.000Z");
  });

  it("does not guess that milliseconds were meant", () => {
    expect(reasonOf([1788949571000])).toBe("time_out_of_range");
  });

  it("bears a clock that is some minutes ahead, and no more", () => {
    expect(reasonOf([NOW / 1000 + 300])).toBe("taken");
    expect(reasonOf([NOW / 1000 + 3600])).toBe("future_time");
  });

  it("says so where no time is given", () => {
    expect(reasonOf([null, ""])).toBe("time_missing");
  });
});

describe("expiresAt", () => {
  it("calls an end in the year 3.6 x 10^69 no end", () => {
    expect(
      expiresAt("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
    ).toBeNull();
    expect(expiresAt(0)).toBeNull();
    expect(expiresAt(1788949571)).toBe("2026-09-09T10:26:11.000Z");
  });
});
