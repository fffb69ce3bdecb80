import { describe, expect, it } from "vitest";
import {
  beginStatement,
  readCommandTag,
  SqlRequest,
} from "../../../../scripts/local/neon-endpoint/statements.ts";

describe("a request to the endpoint", () => {
  it.each([
    [{ query: "select 1" }, { query: "select 1", params: [] }],
    [
      { query: "q", params: ["a", 1, true, null] },
      { query: "q", params: ["a", "1", "true", null] },
    ],
    [{ queries: [{ query: "q" }] }, { queries: [{ query: "q", params: [] }] }],
  ])("reads %j", (body, expected) => {
    expect(SqlRequest.parse(body)).toEqual(expected);
  });

  it.each([{}, { query: 1 }, { queries: [{}] }, { query: "q", params: [{}] }, null])("refuses %j", (body) => {
    expect(SqlRequest.safeParse(body).success).toBe(false);
  });
});

describe("the headers of a batch", () => {
  const begin = (headers: Record<string, string>) => beginStatement((name) => headers[name]);

  it.each([
    [{}, "BEGIN"],
    [{ "neon-batch-isolation-level": "RepeatableRead" }, "BEGIN ISOLATION LEVEL REPEATABLE READ"],
    [{ "neon-batch-read-only": "true", "neon-batch-deferrable": "false" }, "BEGIN READ ONLY"],
    [
      {
        "neon-batch-isolation-level": "Serializable",
        "neon-batch-read-only": "true",
        "neon-batch-deferrable": "true",
      },
      "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
    ],
  ])("%j open it with %s", (headers, expected) => {
    expect(begin(headers)).toBe(expected);
  });

  it("never become SQL where the level is not known", () => {
    expect(() => begin({ "neon-batch-isolation-level": "x; drop table y" })).toThrow(
      /unknown isolation level/,
    );
  });
});

describe("a command tag", () => {
  it.each([
    ["INSERT 0 5", { command: "INSERT", rowCount: 5 }],
    ["SELECT 0", { command: "SELECT", rowCount: 0 }],
    ["BEGIN", { command: "BEGIN", rowCount: null }],
    ["CREATE TABLE", { command: "CREATE", rowCount: null }],
    ["", { command: "", rowCount: null }],
  ])("%s is taken apart", (tag, expected) => {
    expect(readCommandTag(tag)).toEqual(expected);
  });
});
