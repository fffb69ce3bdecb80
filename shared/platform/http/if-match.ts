import { z } from "@hono/zod-openapi";
import { AppError } from "../errors.ts";

const TAG = '(?:W/)?"[^"\\0-\\x20\\x7f]*"';
/** RFC 9110, 13.1.1 and 8.8.3; lists may have empty places (5.6.1.2). */
const LIST = new RegExp(`^[ \\t,]*${TAG}[ \\t]*(?:,[ \\t]*(?:${TAG}[ \\t]*)?)*$`);

/** The tags that an edit was made from; left out where any will do. */
export type ExpectedTags = readonly string[] | undefined;

/**
 * The revision that an edit was made from: `"3"`, as `ETag` gave it; left out or `*`, whatever it is now. Any tag is
 * taken, and compared when the revision is known.
 */
export const IfMatch = z.object({
  "if-match": z
    .string()
    .max(1000)
    .refine(
      (text) => text.trim() === "*" || LIST.test(text),
      'must be the ETag of what was read, such as "3"',
    )
    .transform(
      (text): ExpectedTags => (text.trim() === "*" ? undefined : (text.match(new RegExp(TAG, "g")) ?? [])),
    )
    .optional()
    .openapi({ type: "string", example: '"3"', description: "`ETag` of what was read" }),
});

const tagOf = ({ revision }: { revision: number }) => `"${revision}"`;

/**
 * Headers that name a revision. No one on the way may repack the answer: Cloudflare makes the tag of what it
 * compresses a weak one, which `If-Match` never matches.
 */
export function etag(of: { revision: number }): { etag: string; "cache-control": string } {
  return { etag: tagOf(of), "cache-control": "no-store, no-transform" };
}

/** Throws `stale_edit` unless it is still what was read. Weak tags match nothing (RFC 9110, 13.1.1). */
export function expectRevision(expected: ExpectedTags, current: { revision: number }): void {
  if (expected === undefined || expected.includes(tagOf(current))) return;
  throw new AppError(
    "stale_edit",
    `This is revision ${current.revision} by now, and the change was made from ${expected.join(", ")}: read it again.`,
  );
}
