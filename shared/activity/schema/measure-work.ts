import { countPaths, MAX_MATCHED_CHARACTERS } from "./pattern-paths.ts";

/** Comparing the data with its schema would take more than may be spent on it. */
export class TooMuchWork extends Error {}
/** A text is longer than those that patterns are tried on may be. */
export class TextTooLong extends Error {}

/** Subschemas inside each other, references followed. */
const MAX_DEPTH = 64;
/** What is cheaper than a comparison counts as a part of one (measured: a comparison takes some microseconds). */
const CHARACTERS_A_UNIT = 256;
const PATHS_A_UNIT = 64;
const PAIRS_A_UNIT = 16;
const WORDS_A_UNIT = 4;
const BOOLEANS_A_UNIT = 8;
const MULTIPLE_OF_UNITS = 4;
/** Patterns are weighed for a few lengths of text only. */
const SHORTEST = 8;

const HERE = ["not", "if", "then", "else"] as const;
const HERE_EACH = ["allOf", "anyOf", "oneOf"] as const;
const EACH_ITEM = ["items", "contains", "unevaluatedItems"] as const;
const EACH_VALUE = ["additionalProperties", "unevaluatedProperties"] as const;

type Entries = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const entriesOf = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);

/** How many values a value is made of, itself included. */
function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, entry) => sum + sizeOf(entry), 1);
}

/**
 * How many comparisons of one value with one subschema it takes, at the most, to judge data by a schema; a part of a
 * long text, of a list of words or of a pattern's ways counts as one. It walks as the judge does, and stops at the limit.
 */
export class WorkMeter {
  readonly #schema: Entries;
  readonly #paths = new Map<string, number>();
  #left = 0;

  constructor(schema: Entries) {
    this.#schema = schema;
  }

  /** @throws `TooMuchWork` beyond `limit`, `TextTooLong` */
  measure(data: unknown, limit: number): number {
    this.#left = limit;
    this.#compare(this.#schema, data, 0);
    return Math.ceil(limit - this.#left);
  }

  #spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooMuchWork();
  }

  #compare(schema: unknown, value: unknown, depth: number): void {
    this.#spend(typeof schema === "boolean" ? 1 / BOOLEANS_A_UNIT : 1);
    if (!isObject(schema)) return;
    if (depth > MAX_DEPTH) throw new TooMuchWork();
    if (schema.$ref !== undefined) this.#compare(this.#definition(schema.$ref), value, depth + 1);
    this.#words(schema);
    for (const key of HERE) if (schema[key] !== undefined) this.#compare(schema[key], value, depth + 1);
    for (const key of HERE_EACH)
      for (const child of listOf(schema[key])) this.#compare(child, value, depth + 1);
    if (typeof value === "string") this.#text(schema, value);
    else if (Array.isArray(value)) this.#items(schema, value, depth);
    else if (isObject(value)) this.#members(schema, value, depth);
  }

  #definition(ref: unknown): unknown {
    const [, place, name] = /^#\/(\$defs|definitions)\/([\w-]+)$/.exec(String(ref)) ?? [];
    const definitions = place === undefined ? undefined : this.#schema[place];
    return isObject(definitions) && name !== undefined && Object.hasOwn(definitions, name)
      ? definitions[name]
      : undefined;
  }

  /** Lists of words and values that are gone through one by one. */
  #words(schema: Entries): void {
    this.#spend(listOf(schema.required).length / WORDS_A_UNIT);
    if (schema.enum !== undefined) this.#spend(sizeOf(schema.enum) / WORDS_A_UNIT);
    if (schema.const !== undefined) this.#spend(sizeOf(schema.const) / WORDS_A_UNIT);
    if (schema.dependentRequired !== undefined) this.#spend(sizeOf(schema.dependentRequired) / WORDS_A_UNIT);
    if (schema.multipleOf !== undefined) this.#spend(MULTIPLE_OF_UNITS);
  }

  #text({ pattern }: Entries, text: string): void {
    this.#spend(text.length / CHARACTERS_A_UNIT);
    if (typeof pattern === "string") this.#match(pattern, text);
  }

  #match(pattern: string, text: string): void {
    if (text.length > MAX_MATCHED_CHARACTERS) throw new TextTooLong();
    let length = SHORTEST;
    while (length < text.length) length *= 2;
    const key = `${length} ${pattern}`;
    const paths = this.#paths.get(key) ?? countPaths(pattern, length);
    this.#paths.set(key, paths);
    this.#spend(paths / PATHS_A_UNIT);
  }

  #items(schema: Entries, items: readonly unknown[], depth: number): void {
    for (const [index, child] of listOf(schema.prefixItems).entries())
      if (index < items.length) this.#compare(child, items[index], depth + 1);
    for (const key of EACH_ITEM)
      if (schema[key] !== undefined) for (const item of items) this.#compare(schema[key], item, depth + 1);
    if (schema.uniqueItems === true) this.#spend((items.length * sizeOf(items)) / PAIRS_A_UNIT);
  }

  #members(schema: Entries, members: Entries, depth: number): void {
    const names = Object.keys(members);
    const properties = entriesOf(schema.properties);
    this.#spend(properties.length / PAIRS_A_UNIT);
    for (const [name, child] of [...properties, ...entriesOf(schema.dependentSchemas)])
      if (Object.hasOwn(members, name)) this.#compare(child, members[name], depth + 1);
    for (const [pattern, child] of entriesOf(schema.patternProperties))
      for (const name of names) {
        this.#match(pattern, name);
        this.#compare(child, members[name], depth + 1);
      }
    for (const key of EACH_VALUE)
      if (schema[key] !== undefined)
        for (const name of names) this.#compare(schema[key], members[name], depth + 1);
    if (schema.propertyNames !== undefined)
      for (const name of names) this.#compare(schema.propertyNames, name, depth + 1);
  }
}
