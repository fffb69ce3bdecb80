import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { z } from "zod";
import type { ActivityData } from "../../contracts/activity.ts";
import type { FieldError } from "../../platform/errors.ts";
import { hasPatterns } from "./check-schema.ts";
import { MAX_MATCHED_CHARACTERS } from "./pattern-paths.ts";

/** What is wrong with data; pointers are into it. Empty where it is as its type says. */
export type Judge = (data: ActivityData) => FieldError[];

const MAX_FAULTS = 20;
/** `#/a/b`, with what a URI cannot hold percent-encoded. */
const pointerOf = (location: string) => decodeURI(location.replace(/^#/, ""));
/** Keywords whose complaint only says that a subschema's follows. */
const OUTER = new Set(["properties", "items", "prefixItems", "allOf", "$ref", "additionalProperties"]);

/** Judges data by a schema that `schemaFaults` found nothing wrong with. */
export function schemaJudge(schema: unknown): Judge {
  // A copy: the interpreter writes into what it is given.
  const own: Schema = z.record(z.string(), z.unknown()).parse(structuredClone(schema));
  const validator = new Validator(own, "2020-12", false);
  const matched = hasPatterns(schema);
  return (data) => {
    if (matched && hasLongText(data))
      return [
        {
          pointer: "",
          message: `may hold texts of at most ${MAX_MATCHED_CHARACTERS} characters, as its type has patterns`,
        },
      ];
    const { valid, errors } = validator.validate(data);
    if (valid) return [];
    return inner(errors)
      .slice(0, MAX_FAULTS)
      .map(({ instanceLocation, keyword, error }) => ({
        pointer: pointerOf(instanceLocation),
        message: keyword === "false" ? "is not allowed here" : error,
      }));
  };
}

/** The complaints that say what is wrong, without those that only follow from them. */
function inner(errors: OutputUnit[]): OutputUnit[] {
  const first = errors.filter(({ keyword }) => !OUTER.has(keyword));
  // What is there and wrong counts as not described, so that a closed object complains of it too.
  const wrong = first
    .filter(({ keyword }) => keyword !== "false")
    .map(({ instanceLocation }) => instanceLocation);
  const told = first.filter(
    ({ keyword, instanceLocation: at }) =>
      keyword !== "false" || !wrong.some((place) => place === at || place.startsWith(`${at}/`)),
  );
  return told.length > 0 ? told : errors;
}

function hasLongText(value: unknown): boolean {
  if (typeof value === "string") return value.length > MAX_MATCHED_CHARACTERS;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, entry]) => hasLongText(name) || hasLongText(entry));
}
