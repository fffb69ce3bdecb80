import { z } from "@hono/zod-openapi";

/** A query of exactly these parameters: a name with a typing error is refused, not ignored. */
export function query<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `is no parameter here; there are ${known}` : undefined,
  });
}
