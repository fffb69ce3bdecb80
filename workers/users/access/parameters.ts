import { z } from "@hono/zod-openapi";
import { Cursor, limit } from "../../../shared/platform/http/parameters.ts";

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

export const Paging = { limit: limit(200, 50), cursor: Cursor };

export const UserId = z
  .string()
  .regex(/^usr_[0-9a-f]{32}$/, "must be the id of an account, such as usr_0198c7e2b6a47d3f9c1e5a7b8d2f4e60")
  .openapi({ description: "Id of the account" });
export const GroupId = z
  .string()
  .regex(/^grp_[0-9a-f]{32}$/, "must be the id of a group, such as grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60")
  .openapi({ description: "Id of the group" });
export const KeyId = z
  .string()
  .regex(/^key_[0-9a-f]{32}$/, "must be the id of an API key, such as key_0198c7e2b6a47d3f9c1e5a7b8d2f4e60")
  .openapi({ description: "Id of the API key" });
