import type { z } from "zod";

/** The most that a value may have as JSON, in characters. */
export const MAX_DATA_CHARACTERS = 16_384;
const MAX_DEPTH = 16;
/** The most entries of one list or object: checks of whether all are different grow with the square. */
const MAX_ENTRIES = 1000;
/** NUL and broken Unicode as JSON writes them, which Postgres cannot hold. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/** Why a JSON value cannot be kept, or `null`. */
export function unstorable(value: unknown): string | null {
  if (!fits(value, MAX_DEPTH))
    return `must be at most ${MAX_DEPTH} levels deep, with at most ${MAX_ENTRIES} entries in one list or object`;
  const text = JSON.stringify(value);
  if (text.length > MAX_DATA_CHARACTERS) return `must have at most ${MAX_DATA_CHARACTERS} characters as JSON`;
  return UNSTORABLE.test(text) ? "must not hold NUL or broken Unicode" : null;
}

function fits(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  const entries = Object.values(value);
  return entries.length <= MAX_ENTRIES && entries.every((entry) => fits(entry, depth - 1));
}

/** A JSON value that can be kept. */
export function storableData<Value extends z.ZodType>(schema: Value) {
  return schema.superRefine((value, check) => {
    const message = unstorable(value);
    if (message !== null) check.addIssue({ code: "custom", message });
  });
}
