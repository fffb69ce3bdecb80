import { expect, test } from "vitest";
import { scaleOf } from "../../../web/src/alerts/preview-scale.ts";

test.each([
  ["a threshold within the data changes nothing", [10, 20], 15, { min: 10, max: 20, holds: true }],
  ["one that is near is on the chart", [10, 20], 30, { min: 10, max: 30, holds: true }],
  ["one that is far off does not press the data flat", [10, 20], 1000, { min: 10, max: 20, holds: false }],
  ["data that stand still have room about them", [100, 100], null, { min: 95, max: 105, holds: false }],
  ["a flat zero too", [0], null, { min: -0.5, max: 0.5, holds: false }],
])("%s", (_, values, threshold, scale) => {
  expect(scaleOf(values, threshold)).toEqual(scale);
});

test("nothing known has no scale", () => {
  expect(scaleOf([], 1)).toBeNull();
});
