import { expect, test } from "vitest";
import { linePaths } from "../../../web/src/monitoring/line-paths.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 10, 1, 12, minutes)).toISOString();
const FRAME = {
  from: Date.parse(at(0)),
  to: Date.parse(at(60)),
  highest: 10,
  width: 300,
  height: 64,
};
const points = (...given: [minutes: number, value: string | null][]) =>
  given.map(([minutes, value]) => ({ at: at(minutes), value }));

test("the newest stands at the right edge, the highest at the upper one, and 0 at the lower one", () => {
  expect(linePaths(points([58, "10"], [59, "5"], [60, "0"]), FRAME)).toEqual([
    "M290.0 2.0L295.0 32.0L300.0 62.0",
  ]);
});

test("where nothing is known the line is broken, and a lone point is a dash", () => {
  expect(
    linePaths(points([10, "10"], [11, "10"], [12, null], [13, "0"], [30, "10"], [31, "10"]), FRAME),
  ).toEqual(["M50.0 2.0L55.0 2.0", "M65.0 62.0h1", "M150.0 2.0L155.0 2.0"]);
});

test("what lies outside is left out, and zeros alone lie at the bottom", () => {
  expect(linePaths(points([-1, "9"], [0, "0"], [1, "0"], [61, "0"]), { ...FRAME, highest: 0 })).toEqual([
    "M0.0 62.0L5.0 62.0",
  ]);
  expect(linePaths([], FRAME)).toEqual([]);
});
