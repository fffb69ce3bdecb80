import { expect, test } from "vitest";
import { createLog } from "../../../shared/platform/log.ts";

test("a line is one JSON object with time, level, message and the fields it was given on the way", () => {
  const lines: string[] = [];
  const log = createLog(
    "info",
    { trace_id: "t" },
    () => 0,
    (line) => lines.push(line),
  );
  log.with({ room: "punks" }).warn("two\nlines", { attempt: 2 });
  log.debug("not said at this level");
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain("\n");
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    message: "two\nlines",
    trace_id: "t",
    room: "punks",
    attempt: 2,
  });
});
