import { z } from "@hono/zod-openapi";

/** What is wrong with a name that is there twice. */
export const ONCE = "must be given once";
/** Valid in an address and impossible in the database. */
export const NUL = "\0";

/** Text of at most `length` characters, as the database can hold it. */
export function text(length: number) {
  return z
    .string({ error: ONCE })
    .min(1, "must not be empty")
    .max(length, `must be at most ${length} characters long`)
    .refine((value) => !value.includes(NUL), "must not contain a NUL character");
}

/** How many entries a page may have: a whole number from 1 to `max`. */
export function limit(max: number, standard: number) {
  const message = `must be a whole number from 1 to ${max}`;
  return z
    .string({ error: ONCE })
    .regex(/^\d{1,6}$/, message)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, message)
    .default(standard)
    .openapi({
      type: "integer",
      minimum: 1,
      maximum: max,
      default: standard,
      description: "How many entries a page holds at most",
    });
}

/** The id of one thing, in a path. */
export function pathId(prefix: string, thing: string) {
  return text(64).openapi({
    description: `Id of the ${thing}`,
    example: `${prefix}_0198c7e2b6a47d3f9c1e5a7b8d2f4e60`,
  });
}

/** One of a few words. */
export function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(", ")}` });
}

/** Where a page begins. */
export const Cursor = text(4000).optional().openapi({ description: "`next_cursor` of the page before" });
