import { describe, expect, test } from "vitest";
import { schemaFaults } from "../../../shared/activity/schema/check-schema.ts";
import { MOST_WORK, MOST_WORK_TOGETHER, schemaJudge } from "../../../shared/activity/schema/judge-data.ts";
import { countPaths } from "../../../shared/activity/schema/pattern-paths.ts";
import { cpuTimeOf } from "../../support/cpu-time.ts";

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

const plenty = () => ({ left: MOST_WORK_TOGETHER });

describe("data is judged by its type's schema", () => {
  const judge = schemaJudge(DEAL);
  const pointers = (data: Record<string, unknown>) =>
    judge(JSON.parse(JSON.stringify(data)), plenty()).map(({ pointer }) => pointer);

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
    expect(judge({ deal: `${"a".repeat(300)}-1` }, plenty())[0]?.message).toContain("256 characters");
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

describe("judging has a budget, and the verdict names it", () => {
  const zeros = (count: number) => ({ list: Array.from({ length: count }, () => 0) });
  const each = (items: unknown) => ({ properties: { list: { items } } });
  const many = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value);

  test.each([
    ["each entry with each of many subschemas", each({ allOf: many(400, { type: "string" }) }), zeros(1000)],
    [
      "each entry with many names",
      each({ required: Array.from({ length: 1000 }, (_, i) => `n${i}`) }),
      { list: many(500, {}) },
    ],
    [
      "each entry with many values",
      each({ enum: Array.from({ length: 900 }, (_, i) => `${i}`) }),
      zeros(1000),
    ],
    [
      "all entries with each other",
      { properties: { list: { uniqueItems: true } } },
      { list: Array.from({ length: 1000 }, (_, i) => [i]) },
    ],
    [
      "a costly pattern with each entry",
      each({ pattern: "^[a-z]+-\\d+$" }),
      { list: many(60, "a".repeat(250)) },
    ],
    [
      "a long text again and again",
      { properties: { text: { allOf: many(400, { minLength: 1 }) } } },
      { text: "x".repeat(16_000) },
    ],
    [
      "each name with each pattern",
      { patternProperties: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`^a{0,20}${i}$`, {}])) },
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`a${i}`, 0])),
    ],
  ])("comparing %s is too much, and found out soon", async (_what, schema, data) => {
    expect(schemaFaults(schema)).toEqual([]);
    const work = plenty();
    let told: unknown;
    const spent = await cpuTimeOf(() => {
      told = schemaJudge(schema)(data, work);
    });
    expect(told).toEqual([
      { pointer: "", message: expect.stringContaining(`more than ${MOST_WORK} comparisons`) },
    ]);
    expect(spent).toBeLessThan(1000);
    expect(work.left).toBeLessThanOrEqual(MOST_WORK_TOGETHER - MOST_WORK);
  });

  test("of many events the first are judged, and the others belong in another request", () => {
    const judge = schemaJudge(each({ allOf: many(9, { type: "number" }) }));
    const work = plenty();
    const verdicts = Array.from({ length: 500 }, () => judge(zeros(50), work));
    const judged = verdicts.filter(({ length }) => length === 0).length;
    expect(judged).toBeGreaterThan(150);
    expect(verdicts.slice(judged).flat()).toEqual(
      many(500 - judged, {
        pointer: "",
        message: expect.stringContaining(`${MOST_WORK_TOGETHER} comparisons`),
      }),
    );
  });

  test("a usual type has room for a full request", () => {
    const fields = Array.from({ length: 60 }, (_, i) => `field_${i}`);
    const text = { type: "string", maxLength: 200, pattern: "^[a-z]+-\\d+$" };
    const schema = {
      type: "object",
      required: fields,
      properties: Object.fromEntries(fields.map((name) => [name, text])),
      additionalProperties: false,
    };
    const data = Object.fromEntries(fields.map((name, i) => [name, `value-${i}`]));
    const judge = schemaJudge(schema);
    const work = plenty();
    expect(Array.from({ length: 500 }, () => judge(data, work)).flat()).toEqual([]);
  });

  test("complaints are as many as somebody reads", () => {
    const schema = each({ allOf: many(5, { type: "string" }) });
    expect(schemaJudge(schema)(zeros(500), plenty())).toHaveLength(20);
  });
});

test("a chain of references is as deep as what it stands for", () => {
  const chain = (length: number) => ({
    $ref: "#/$defs/d0",
    $defs: Object.fromEntries(
      Array.from({ length }, (_, i) => [`d${i}`, i === length - 1 ? {} : { $ref: `#/$defs/d${i + 1}` }]),
    ),
  });
  expect(schemaFaults(chain(14))).toEqual([]);
  expect(schemaFaults(chain(400))[0]?.message).toBe("must be at most 16 levels deep, references followed");
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
