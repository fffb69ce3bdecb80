import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { z } from "zod";
import type { ActivityData } from "../../contracts/activity.ts";
import type { FieldError } from "../../platform/errors.ts";
import { TextTooLong, TooMuchWork, WorkMeter } from "./measure-work.ts";
import { MAX_MATCHED_CHARACTERS } from "./pattern-paths.ts";

/** Comparisons of a value with a subschema that one event may take, and those of a request together. */
export const MOST_WORK = 5000;
export const MOST_WORK_TOGETHER = 100_000;
/** What making a schema ready costs, by its length as JSON. */
const CHARACTERS_A_UNIT = 16;

/** What is left of the work that the events of one request may take. */
export interface WorkLeft {
  left: number;
}

/** What is wrong with data; pointers are into it. Empty where it is as its type says. */
export type Judge = (data: ActivityData, work: WorkLeft) => FieldError[];

/** So many complaints are looked through for those that say what is wrong; finding them takes the square. */
const MAX_COMPLAINTS = 200;
const MAX_FAULTS = 20;
/** `#/a/b`, with what a URI cannot hold percent-encoded. */
const pointerOf = (location: string) => decodeURI(location.replace(/^#/, ""));
/** Keywords whose complaint only says that a subschema's follows. */
const OUTER = new Set(["properties", "items", "prefixItems", "allOf", "$ref", "additionalProperties"]);

const whole = (message: string): FieldError[] => [{ pointer: "", message }];
const TOO_LONG = whole(
  `may hold texts and names of at most ${MAX_MATCHED_CHARACTERS} characters where its type tries patterns on them`,
);
const TOO_MUCH = whole(
  `takes more than ${MOST_WORK} comparisons with the subschemas of its type: send fewer entries, or register a simpler schema`,
);
const TOO_MUCH_TOGETHER = whole(
  `would be too much for one request: the events before it took most of the ${MOST_WORK_TOGETHER} comparisons with subschemas that one may take; send it in another request`,
);

/** Judges data by a schema that `schemaFaults` found nothing wrong with, within what is left of the work. */
export function schemaJudge(schema: unknown): Judge {
  let ready: { meter: WorkMeter; validator: Validator } | undefined;
  const prepare = (work: WorkLeft) => {
    work.left -= Math.ceil(JSON.stringify(schema).length / CHARACTERS_A_UNIT);
    // A copy: the interpreter writes into what it is given.
    const own: Schema = z.record(z.string(), z.unknown()).parse(structuredClone(schema));
    return { meter: new WorkMeter({ ...own }), validator: new Validator(own, "2020-12", false) };
  };
  return (data, work) => {
    if (work.left <= 0) return TOO_MUCH_TOGETHER;
    ready ??= prepare(work);
    const limit = Math.min(MOST_WORK, work.left);
    try {
      work.left -= ready.meter.measure(data, limit);
    } catch (error) {
      if (error instanceof TextTooLong) return TOO_LONG;
      if (!(error instanceof TooMuchWork)) throw error;
      work.left -= limit;
      return limit < MOST_WORK ? TOO_MUCH_TOGETHER : TOO_MUCH;
    }
    const { valid, errors } = ready.validator.validate(data);
    if (valid) return [];
    return inner(errors.slice(0, MAX_COMPLAINTS))
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
