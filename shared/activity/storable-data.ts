import { z } from "zod";

interface Limits {
  /** Levels of lists and objects. */
  depth: number;
  /** As JSON. */
  characters: number;
}

const LIMITS: Limits = { depth: 16, characters: 16_384 };
/** The most entries of one list or object: checks of whether all are different grow with the square. */
const MAX_ENTRIES = 1000;
/** NUL and broken Unicode as JSON writes them, which Postgres cannot hold. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/** Why a JSON value cannot be kept, or `null`. To be asked before anything else walks through it. */
export function unstorable(value: unknown, { depth, characters }: Limits = LIMITS): string | null {
  if (!fits(value, depth))
    return `must be at most ${depth} levels deep, with at most ${MAX_ENTRIES} entries in one list or object`;
  if (holdsBigInt(value)) return "must not hold whole numbers beyond 9007199254740991; send them as text";
  const text = JSON.stringify(value) ?? "";
  if (text.length > characters) return `must have at most ${characters} characters as JSON`;
  return UNSTORABLE.test(text) ? "must not hold NUL or broken Unicode" : null;
}

/** Depth and size are bounded by then. */
function holdsBigInt(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(holdsBigInt);
}

function fits(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  const entries = Object.values(value);
  return entries.length <= MAX_ENTRIES && entries.every((entry) => fits(entry, depth - 1));
}

/** A JSON value that can be kept, and is what `schema` says. */
export function storableData<Value extends z.ZodType>(schema: Value) {
  const kept = z.unknown().superRefine((value, check) => {
    const message = unstorable(value);
    if (message !== null) check.addIssue({ code: "custom", message });
  });
  return kept.pipe(schema);
}
