import { z } from "zod";
import type { FieldError } from "../../platform/errors.ts";
import { fieldErrors, jsonPointer } from "../../platform/zod-errors.ts";
import { unstorable } from "../storable-data.ts";
import { countPaths, MAX_PATHS, PatternError } from "./pattern-paths.ts";

/** The most subschemas that one value may have to be compared with, references followed. */
const MAX_SUBSCHEMAS = 500;
const MAX_DEPTH = 16;
const MAX_SCHEMA_CHARACTERS = 16_384;

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

/** Looks through a schema once; what is wrong is gathered in `faults`. */
class Survey {
  readonly faults: FieldError[] = [];
  private readonly definitions = new Map<string, unknown>();
  private readonly known = new Map<string, number>();
  private readonly open = new Set<string>();
  private paths = 0;

  constructor(root: Keywords) {
    for (const key of DEFINITIONS)
      for (const [name, child] of Object.entries(root[key] ?? {}))
        this.definitions.set(`#/${key}/${name}`, child);
  }

  get hasPatterns(): boolean {
    return this.paths > 0;
  }

  /** How many subschemas a value is compared with from here on. */
  weigh(value: unknown, path: Path): number {
    if (typeof value === "boolean") return 1;
    // References count: a chain of definitions is as deep as what it stands for.
    if (path.length > 2 * MAX_DEPTH) return this.fault(path, `must be at most ${MAX_DEPTH} levels deep`);
    const parsed = Keywords.safeParse(value);
    if (!parsed.success) {
      this.faults.push(...fieldErrors(parsed.error, jsonPointer(path)));
      return 1;
    }
    const node = parsed.data;
    if (path.length > 0 && DEFINITIONS.some((key) => node[key] !== undefined))
      return this.fault(path, "must leave definitions to the outermost schema");
    for (const pattern of [node.pattern ?? [], Object.keys(node.patternProperties ?? {})].flat())
      this.weighPattern(pattern, path);
    let sum = 1 + this.weighReference(node.$ref, path);
    for (const [step, child] of childrenOf(node)) sum += this.weigh(child, [...path, ...step]);
    return sum;
  }

  private weighReference(ref: string | undefined, path: Path): number {
    if (ref === undefined) return 0;
    const known = this.known.get(ref);
    if (known !== undefined) return known;
    const target = this.definitions.get(ref);
    if (target === undefined) return this.fault([...path, "$ref"], "must name a definition of this schema");
    if (this.open.has(ref)) return this.fault([...path, "$ref"], "must not lead back to itself");
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
      this.fault(path, `the pattern ${JSON.stringify(pattern.slice(0, 60))} ${error.message}`);
    }
  }

  private fault(path: Path, message: string): number {
    this.faults.push({ pointer: jsonPointer(path), message });
    return 1;
  }
}

/** What is wrong with a schema for an activity's data; pointers are into the schema. Empty where it can be used. */
export function schemaFaults(schema: unknown): FieldError[] {
  const message = unstorable(schema, { depth: 4 * MAX_DEPTH, characters: MAX_SCHEMA_CHARACTERS });
  if (message !== null) return [{ pointer: "", message }];
  const root = Keywords.safeParse(schema);
  if (!root.success) return fieldErrors(root.error);
  const survey = new Survey(root.data);
  let weight = survey.weigh(schema, []);
  for (const key of DEFINITIONS)
    for (const name of Object.keys(root.data[key] ?? {}))
      weight = Math.max(weight, survey.weigh({ $ref: `#/${key}/${name}` }, []));
  if (survey.faults.length === 0 && weight > MAX_SUBSCHEMAS)
    return [{ pointer: "", message: `must have at most ${MAX_SUBSCHEMAS} subschemas, references followed` }];
  return survey.faults;
}

/** Whether a schema that can be used has patterns; what they are tried on must be short. */
export function hasPatterns(schema: unknown): boolean {
  const root = Keywords.parse(schema);
  const survey = new Survey(root);
  survey.weigh(schema, []);
  return survey.hasPatterns;
}
