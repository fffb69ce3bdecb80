import { expect, it } from "vitest";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";

it.each([
  ["2026-11-21 07:58:38.123+00", "2026-11-21T07:58:38.123Z"],
  ["2026-11-21 07:58:38+00", "2026-11-21T07:58:38.000Z"],
  ["2026-11-21 03:28:38.1-03:30", "2026-11-21T06:58:38.100Z"],
  ["2026-11-21 08:58:38.123+01", "2026-11-21T07:58:38.123Z"],
  ["0999-01-01 00:00:00+00", "0999-01-01T00:00:00.000Z"],
])("reads %s as %s", (text, iso) => {
  expect(isoOfTimestamp(text)).toBe(iso);
});

it.each(["infinity", "0044-03-15 00:00:00+00 BC", "2026-11-21", "10000-01-01 00:00:00+00"])(
  "refuses %s",
  (text) => {
    expect(() => isoOfTimestamp(text)).toThrow(TypeError);
  },
);
