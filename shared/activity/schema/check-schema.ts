import { z } from "zod";
import { cutText } from "../../domain/cut-text.ts";
import type { FieldError } from "../../platform/errors.ts";
import { fieldErrors, jsonPointer } from "../../platform/zod-errors.ts";
import { unstorable } from "../storable-data.ts";
import { countPaths, MAX_PATHS, PatternError } from "./pattern-paths.ts";

/** The most subschemas that one value may have to be compared with, references followed. */
const MAX_SUBSCHEMAS = 500;
const MAX_DEPTH = 16;
const MAX_SCHEMA_CHARACTERS = 16_384;
/** More does not help who reads them. */
const MAX_FAULTS = 20;

const Type = z.enum(["null", "boolean", "object", "array", "number", "integer", "string"]);
const size = z.int().min(0).optional();
const bound = z.number().optional();
/** The interpreter asks whether an object has a name without asking whether the name is its own. */
const Name = z.string().refine((name) => !(name in {}), "cannot be used as a name here");
const Names = z.array(Name).optional();
const Schemas = z.record(Name, z.unknown()).optional();
const List = z.array(z.unknown()).min(1).optional();

/** JSON Schema, draft 2020-12, less what reaches outside the schema or runs without a bound. */
const Keywords = z.strictObject(
  {
    $schema: z.literal("https://json-schema.org/draft/2020-12/schema").optional(),
    $ref: z
      .string()
      .regex(/^#\/(?:\$defs|definitions)\/[\w-]+$/, "must name a definition of this schema: #/$defs/<name>")
      .optional(),
    $comment: z.string().optional(),
    title: z.string().optional(),
    description: z.string().optional(),
    default: z.unknown().optional(),
    examples: z.array(z.unknown()).optional(),
    deprecated: z.boolean().optional(),
    readOnly: z.boolean().optional(),
    writeOnly: z.boolean().optional(),
    type: z
      .union([Type, z.array(Type).min(1)], { error: "must be a type of JSON, or a list of them" })
      .optional(),
    enum: z.array(z.unknown()).min(1).optional(),
    const: z.unknown().optional(),
    minimum: bound,
    maximum: bound,
    exclusiveMinimum: bound,
    exclusiveMaximum: bound,
    multipleOf: z.number().gt(0).optional(),
    minLength: size,
    maxLength: size,
    pattern: z.string().optional(),
    format: z
      .enum(["date-time", "date", "time", "email", "hostname", "ipv4", "ipv6", "uuid"], {
        error: "must be date-time, date, time, email, hostname, ipv4, ipv6 or uuid",
      })
      .optional(),
    minItems: size,
    maxItems: size,
    uniqueItems: z.boolean().optional(),
    minContains: size,
    maxContains: size,
    minProperties: size,
    maxProperties: size,
    required: Names,
    dependentRequired: z.record(Name, z.array(Name)).optional(),
    items: z.unknown().optional(),
    contains: z.unknown().optional(),
    additionalProperties: z.unknown().optional(),
    propertyNames: z.unknown().optional(),
    unevaluatedItems: z.unknown().optional(),
    unevaluatedProperties: z.unknown().optional(),
    not: z.unknown().optional(),
    if: z.unknown().optional(),
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema, and nothing that is awaited.
    then: z.unknown().optional(),
    else: z.unknown().optional(),
    prefixItems: List,
    allOf: List,
    anyOf: List,
    oneOf: List,
    properties: Schemas,
    patternProperties: z.record(z.string(), z.unknown()).optional(),
    dependentSchemas: Schemas,
    $defs: Schemas,
    definitions: Schemas,
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? "is no keyword of JSON Schema that is understood here" : undefined,
  },
);
type Keywords = z.output<typeof Keywords>;

const ONE = [
  "items",
  "contains",
  "additionalProperties",
  "propertyNames",
  "unevaluatedItems",
  "unevaluatedProperties",
  "not",
  "if",
  "then",
  "else",
] as const;
const LISTS = ["prefixItems", "allOf", "anyOf", "oneOf"] as const;
const MAPS = ["properties", "patternProperties", "dependentSchemas"] as const;
const DEFINITIONS = ["$defs", "definitions"] as const;

type Path = (string | number)[];

function childrenOf(node: Keywords): [Path, unknown][] {
  return [
    ...ONE.flatMap((key): [Path, unknown][] => (node[key] === undefined ? [] : [[[key], node[key]]])),
    ...LISTS.flatMap((key) =>
      (node[key] ?? []).map((child, index): [Path, unknown] => [[key, index], child]),
    ),
    ...MAPS.flatMap((key) =>
      Object.entries(node[key] ?? {}).map(([name, child]): [Path, unknown] => [[key, name], child]),
    ),
  ];
}

/** What stands under a schema, references followed: how many subschemas, and how many inside each other. */
interface Weight {
  count: number;
  height: number;
}
const LEAF: Weight = { count: 1, height: 1 };

/** Looks through a schema once; what is wrong is gathered in `faults`. */
class Survey {
  readonly faults: FieldError[] = [];
  private readonly definitions = new Map<string, unknown>();
  private readonly known = new Map<string, Weight>();
  private readonly open = new Set<string>();
  private paths = 0;

  constructor(root: Keywords) {
    for (const key of DEFINITIONS)
      for (const [name, child] of Object.entries(root[key] ?? {}))
        this.definitions.set(`#/${key}/${name}`, child);
  }

  /** What a value is compared with from here on. */
  weigh(value: unknown, path: Path): Weight {
    if (typeof value === "boolean") return LEAF;
    if (path.length > 2 * MAX_DEPTH) return this.fault(path, `must be at most ${MAX_DEPTH} levels deep`);
    const parsed = Keywords.safeParse(value);
    if (!parsed.success) {
      this.faults.push(...fieldErrors(parsed.error, jsonPointer(path)).slice(0, MAX_FAULTS));
      return LEAF;
    }
    const node = parsed.data;
    if (path.length > 0 && DEFINITIONS.some((key) => node[key] !== undefined))
      return this.fault(path, "must leave definitions to the outermost schema");
    for (const pattern of [node.pattern ?? [], Object.keys(node.patternProperties ?? {})].flat())
      this.weighPattern(pattern, path);
    const under = childrenOf(node).map(([step, child]) => this.weigh(child, [...path, ...step]));
    if (node.$ref !== undefined) under.push(this.weighReference(node.$ref, path));
    return {
      count: under.reduce((sum, { count }) => sum + count, 1),
      height: under.reduce((most, { height }) => Math.max(most, height), 0) + 1,
    };
  }

  private weighReference(ref: string, path: Path): Weight {
    const known = this.known.get(ref);
    if (known !== undefined) return known;
    const target = this.definitions.get(ref);
    if (target === undefined) return this.fault([...path, "$ref"], "must name a definition of this schema");
    if (this.open.has(ref)) return this.fault([...path, "$ref"], "must not lead back to itself");
    if (this.open.size > 2 * MAX_DEPTH)
      return this.fault([...path, "$ref"], `must be at most ${MAX_DEPTH} levels deep, references followed`);
    this.open.add(ref);
    const weight = this.weigh(target, ref.slice(2).split("/"));
    this.open.delete(ref);
    this.known.set(ref, weight);
    return weight;
  }

  private weighPattern(pattern: string, path: Path): void {
    try {
      this.paths += countPaths(pattern);
      if (this.paths > MAX_PATHS) this.fault(path, "holds too many patterns, or too costly ones together");
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      this.fault(path, `the pattern ${JSON.stringify(cutText(pattern, 60))} ${error.message}`);
    }
  }

  private fault(path: Path, message: string): Weight {
    this.faults.push({ pointer: jsonPointer(path), message });
    return LEAF;
  }
}

/** What is wrong with a schema for an activity's data; pointers are into the schema. Empty where it can be used. */
export function schemaFaults(schema: unknown): FieldError[] {
  const message = unstorable(schema, { depth: 4 * MAX_DEPTH, characters: MAX_SCHEMA_CHARACTERS });
  if (message !== null) return [{ pointer: "", message }];
  const root = Keywords.safeParse(schema);
  if (!root.success) return fieldErrors(root.error);
  const survey = new Survey(root.data);
  const weights = [survey.weigh(schema, [])];
  for (const key of DEFINITIONS)
    for (const name of Object.keys(root.data[key] ?? {}))
      weights.push(survey.weigh({ $ref: `#/${key}/${name}` }, []));
  if (survey.faults.length > 0) return survey.faults.slice(0, MAX_FAULTS);
  if (weights.some(({ count }) => count > MAX_SUBSCHEMAS))
    return [{ pointer: "", message: `must have at most ${MAX_SUBSCHEMAS} subschemas, references followed` }];
  if (weights.some(({ height }) => height > 2 * MAX_DEPTH))
    return [{ pointer: "", message: `must be at most ${MAX_DEPTH} levels deep, references followed` }];
  return [];
}
