import { z } from "@hono/zod-openapi";
import { AppError } from "../errors.ts";

/** The revision that an edit was made from: `"3"`, as `ETag` gave it; left out or `*`, whatever it is now. */
export const IfMatch = z.object({
  "if-match": z
    .string()
    .regex(/^(?:\*|"\d{1,9}")$/, 'must be the ETag of what was read, such as "3"')
    .transform((tag) => (tag === "*" ? undefined : Number(tag.slice(1, -1))))
    .optional()
    .openapi({ type: "string", example: '"3"', description: "`ETag` of what was read" }),
});

export function etag({ revision }: { revision: number }): { etag: string } {
  return { etag: `"${revision}"` };
}

/** Throws `stale_edit` where somebody has changed it since. */
export function expectRevision(expected: number | undefined, { revision }: { revision: number }): void {
  if (expected === undefined || expected === revision) return;
  throw new AppError(
    "stale_edit",
    `This is revision ${revision} by now, and the change was made from ${expected}: read it again.`,
  );
}
