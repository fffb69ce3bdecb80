import { describe, expect, test } from "vitest";
import { schemaFaults } from "../../../shared/activity/schema/check-schema.ts";
import { schemaJudge } from "../../../shared/activity/schema/judge-data.ts";
import { countPaths } from "../../../shared/activity/schema/pattern-paths.ts";

const DEAL = {
  type: "object",
  required: ["deal"],
  properties: {
    deal: { type: "string", pattern: "^[a-z]+-\\d+$" },
    tags: { type: "array", items: { $ref: "#/$defs/tag" }, uniqueItems: true },
    at: { format: "date-time" },
  },
  additionalProperties: false,
  $defs: { tag: { enum: ["hot", "cold"] } },
};

describe("data is judged by its type's schema", () => {
  const judge = schemaJudge(DEAL);
  const pointers = (data: Record<string, unknown>) =>
    judge(JSON.parse(JSON.stringify(data))).map(({ pointer }) => pointer);

  test.each([
    [{ deal: "x-1" }, []],
    [{ deal: "x-1", tags: ["hot", "cold"], at: "2026-01-01T00:00:00Z" }, []],
    [{}, [""]],
    [{ deal: "X" }, ["/deal"]],
    [{ deal: "x-1", tags: ["hot", "warm"] }, ["/tags/1"]],
    [{ deal: "x-1", tags: ["hot", "hot"] }, ["/tags"]],
    [{ deal: "x-1", more: 1 }, ["/more"]],
    [{ deal: "x-1", at: "yesterday" }, ["/at"]],
  ])("%j is wrong at %j", (data, expected) => {
    expect(pointers(data)).toEqual(expected);
  });

  test("texts that patterns are tried on must be short", () => {
    expect(judge({ deal: `${"a".repeat(300)}-1` })[0]?.message).toContain("256 characters");
  });
});

describe("a schema is refused that", () => {
  test.each([
    ["leads outside", { $ref: "https://example.org/schema" }, "/$ref"],
    ["leads nowhere", { $ref: "#/$defs/none" }, "/$ref"],
    [
      "leads back to itself",
      { $ref: "#/$defs/a", $defs: { a: { not: { $ref: "#/$defs/a" } } } },
      "/$defs/a/not/$ref",
    ],
    ["has a type that there is not", { type: "strng" }, "/type"],
    ["has a keyword that there is not", { properties: { a: { typ: "string" } } }, "/properties/a/typ"],
    ["has a pattern that explodes", { properties: { a: { pattern: "^(a+)+$" } } }, "/properties/a"],
    ["has such a pattern for names", { patternProperties: { "(a|a)*b": true } }, ""],
    ["names what every object has", { properties: { toString: {} } }, "/properties/toString"],
    ["has a format whose check explodes", { format: "uri" }, "/format"],
    ["is no object", true, ""],
  ])("%s", (_what, schema, pointer) => {
    expect(schemaFaults(schema).map((fault) => fault.pointer)).toEqual([pointer]);
  });

  test("is small itself and doubles with each reference", () => {
    const names = Array.from({ length: 20 }, (_, i) => `d${i}`);
    const $defs = Object.fromEntries(
      names.map((name, i) => {
        const next = { $ref: `#/$defs/d${i + 1}` };
        return [name, i === 19 ? {} : { allOf: [next, next] }];
      }),
    );
    expect(schemaFaults({ $ref: "#/$defs/d0", $defs })).toEqual([
      { pointer: "", message: "must have at most 500 subschemas, references followed" },
    ]);
  });

  test("is too deep, however deep that is", () => {
    const deep = (levels: number) => JSON.parse(`${'{"not":'.repeat(levels)}{}${"}".repeat(levels)}`);
    expect(schemaFaults(deep(10))).toEqual([]);
    expect(schemaFaults(deep(40))).toHaveLength(1);
    expect(schemaFaults(deep(5000))).toHaveLength(1);
  });
});

test("a good schema has no faults", () => {
  expect(schemaFaults(DEAL)).toEqual([]);
});

describe("the ways through a pattern are counted before it runs", () => {
  test.each([
    ["^abc$", 1],
    ["^a?b?$", 4],
    ["^a{2,4}$", 3],
    ["^(?:a|b)$", 2],
    ["^(?:ab?){0,2}$", 1 + 2 + 4],
    ["^[a-z\\]]*$", 257],
    ["abc", 256],
    ["^[a-z]+-\\d+$", 65_536],
  ])("%s: %d", (pattern, paths) => {
    expect(countPaths(pattern)).toBe(paths);
  });

  test.each([
    "(a+)+$",
    "^(a|a)*b",
    "a?".repeat(30) + "a".repeat(30),
    "^(.*)(.*)(.*)$",
    "(?=a)a",
    "^(a)\\1",
    "^(?<n>a)\\k<n>",
    "(",
  ])("%s is refused", (pattern) => {
    expect(() => countPaths(pattern)).toThrow();
  });
});
