import { z } from "@hono/zod-openapi";

const once = "must be given once";

/** Text of at most `length` characters in a query. NUL is valid in an address and impossible in the database. */
export function text(length: number) {
  return z
    .string({ error: once })
    .min(1, "must not be empty")
    .max(length, `must be at most ${length} characters long`)
    .refine((value) => value.isWellFormed() && !value.includes("\0"), "must not hold NUL or broken Unicode");
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `must be one of ${values.join(", ")}` });
}

const MAX_PAGE = 200;
const pageSize = `must be a whole number from 1 to ${MAX_PAGE}`;

export const Paging = {
  limit: z
    .string({ error: once })
    .regex(/^\d{1,6}$/, pageSize)
    .transform(Number)
    .refine((value) => value >= 1 && value <= MAX_PAGE, pageSize)
    .default(50)
    .openapi({ type: "integer", minimum: 1, maximum: MAX_PAGE, default: 50 }),
  cursor: text(4000).optional().openapi({ description: "`next_cursor` of the page before" }),
};

export const UserId = z
  .string()
  .regex(/^usr_[0-9a-f]{32}$/, "must be the id of an account, such as usr_0198c7e2b6a47d3f9c1e5a7b8d2f4e60");
export const GroupId = z
  .string()
  .regex(/^grp_[0-9a-f]{32}$/, "must be the id of a group, such as grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60");
export const KeyId = z
  .string()
  .regex(/^key_[0-9a-f]{32}$/, "must be the id of an API key, such as key_0198c7e2b6a47d3f9c1e5a7b8d2f4e60");
