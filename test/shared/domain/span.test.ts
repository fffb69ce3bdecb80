import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decomposeSpan, GRAIN_MS, parseBounds, parseSpan, SpanError } from "../../../shared/domain/span.ts";

const NOW = Date.parse("2026-03-05T12:34:56.789Z");
const at = (text: string) => Date.parse(text);

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SpanError) return `${error.field} ${error.message}`;
    throw error;
  }
  return "accepted";
}

describe("a span that a caller names", () => {
  it.each([
    ["day", 24],
    ["week", 7 * 24],
    ["month", 30 * 24],
    ["quarter", 90 * 24],
    ["year", 365 * 24],
  ])("%s is the last %d hours", (range, hours) => {
    const span = { range, from: NOW - hours * 3_600_000, to: NOW };
    expect(parseSpan({ range }, NOW)).toEqual(span);
    expect(parseSpan({ time_range: range }, NOW)).toEqual(span);
  });

  it("is the last day where nothing is said", () => {
    expect(parseSpan({}, NOW)).toEqual(parseSpan({ range: "day" }, NOW));
  });

  it("goes from a time to a time, in whatever zone they are written", () => {
    expect(parseSpan({ from: "2026-01-01T00:00:00Z", to: "2026-01-02T01:00:00+01:00" }, NOW)).toEqual({
      range: null,
      from: at("2026-01-01T00:00:00Z"),
      to: at("2026-01-02T00:00:00Z"),
    });
  });

  it("ends now where it only says when it begins", () => {
    expect(parseSpan({ from: "2026-03-05" }, NOW)).toEqual({
      range: null,
      from: at("2026-03-05T00:00:00Z"),
      to: NOW,
    });
  });

  it("takes a bare date for the midnight of the zone that is named", () => {
    // The day on which clocks go forward in Berlin is 23 hours long.
    const span = parseSpan(
      { from: "2026-03-29", to: "2026-03-30", time_zone: "Europe/Berlin" },
      NOW + 90 * 86_400_000,
    );
    expect(span.from).toBe(at("2026-03-28T23:00:00Z"));
    expect(span.to - span.from).toBe(23 * 3_600_000);
  });

  it.each([
    [{ range: "decade" }, "range must be one of day, week, month, quarter, year"],
    [{ time_range: "" }, "time_range must be one of day, week, month, quarter, year"],
    [{ range: "day", from: "2026-01-01" }, "range cannot stand beside from and to; use one or the other"],
    [{ range: "day", time_range: "week" }, "time_range says something else than range; use one of them"],
    [{ to: "2026-01-01" }, "from is required with to"],
    [{ from: "2026-01-02", to: "2026-01-02" }, "to must be later than from"],
    [{ from: "2026-03-06" }, "from must lie before now"],
    [{ from: "yesterday" }, expect.stringContaining("from must be a time with a zone")],
    [{ from: "2026-01-01T00:00:00" }, expect.stringContaining("from must be a time with a zone")],
    [{ from: "2026-02-30" }, expect.stringContaining("from must be a time with a zone")],
    [{ from: "0000-01-01" }, "from must lie in the years 1000 to 9999"],
    [{ from: "0999-12-31T23:59:59Z" }, "from must lie in the years 1000 to 9999"],
    [{ from: "2026-01-01", to: "9999-12-31T23:59:59-14:00" }, "to must lie in the years 1000 to 9999"],
    [{ from: "2026-01-01", time_zone: "Mars/Olympus" }, expect.stringContaining("time_zone must be an IANA")],
  ])("refuses %j", (input, message) => {
    expect(refusal(() => parseSpan(input, NOW))).toEqual(message);
  });

  it("may leave out either bound where both are optional", () => {
    expect(parseBounds({})).toEqual({ from: undefined, to: undefined });
    expect(parseBounds({ to: "2026-01-01" })).toEqual({ from: undefined, to: at("2026-01-01T00:00:00Z") });
    expect(refusal(() => parseBounds({ from: "2026-01-02", to: "2026-01-01" }))).toBe(
      "to must be later than from",
    );
  });
});

describe("the pieces of a span", () => {
  const ms = fc.integer({ min: at("1969-12-01T00:00:00Z"), max: at("2100-01-01T00:00:00Z") });

  it("are days, hours, minutes and the ragged ends", () => {
    const pieces = decomposeSpan(at("2026-01-01T22:58:30Z"), at("2026-01-04T01:02:03.004Z"));
    expect(
      pieces.map(({ grain, from, to }) => [grain, new Date(from).toISOString(), new Date(to).toISOString()]),
    ).toEqual([
      ["edge", "2026-01-01T22:58:30.000Z", "2026-01-01T22:59:00.000Z"],
      ["minute", "2026-01-01T22:59:00.000Z", "2026-01-01T23:00:00.000Z"],
      ["hour", "2026-01-01T23:00:00.000Z", "2026-01-02T00:00:00.000Z"],
      ["day", "2026-01-02T00:00:00.000Z", "2026-01-04T00:00:00.000Z"],
      ["hour", "2026-01-04T00:00:00.000Z", "2026-01-04T01:00:00.000Z"],
      ["minute", "2026-01-04T01:00:00.000Z", "2026-01-04T01:02:00.000Z"],
      ["edge", "2026-01-04T01:02:00.000Z", "2026-01-04T01:02:03.004Z"],
    ]);
  });

  it("cover the span exactly, in order, without a gap or an overlap", () => {
    fc.assert(
      fc.property(ms, fc.oneof(fc.nat(200_000), fc.nat(10_000_000_000)), (from, length) => {
        const to = from + length;
        const pieces = decomposeSpan(from, to);
        let end = from;
        for (const piece of pieces) {
          expect(piece.from).toBe(end);
          expect(piece.to).toBeGreaterThan(piece.from);
          end = piece.to;
        }
        expect(end).toBe(to);
        expect(pieces.length).toBeLessThanOrEqual(7);
      }),
    );
  });

  it("lie on the bounds of their grain, and ends are shorter than a minute", () => {
    fc.assert(
      fc.property(ms, fc.nat(10_000_000_000), (from, length) => {
        for (const piece of decomposeSpan(from, from + length)) {
          if (piece.grain === "edge") expect(piece.to - piece.from).toBeLessThan(60_000);
          else {
            expect(Math.abs(piece.from % GRAIN_MS[piece.grain])).toBe(0);
            expect(Math.abs(piece.to % GRAIN_MS[piece.grain])).toBe(0);
          }
        }
      }),
    );
  });

  it("of nothing are none", () => {
    expect(decomposeSpan(NOW, NOW)).toEqual([]);
  });
});
