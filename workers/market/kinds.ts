import { z } from "@hono/zod-openapi";
import { EventKind } from "../../shared/contracts/market.ts";

const Kinds = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((part) => part.split(",").map((name) => name.trim())))
  .pipe(z.array(z.enum(EventKind.options, { error: `must be among ${EventKind.options.join(", ")}` })))
  .optional();

const shape = {
  type: "array" as const,
  items: { type: "string" as const, enum: [...EventKind.options] },
  param: { style: "form", explode: true } as const,
};

/** The kinds of events that a list or stream is asked for, under either name. */
export const KindParameters = {
  kind: Kinds.openapi({ ...shape, description: "One or several, repeated or with commas between" }),
  kinds: Kinds.openapi({ ...shape, description: "Another name of `kind`, as in the live protocol" }),
};

/** Each kind that was asked for, once and in one order; all of them where none was named. */
export function kindsOf(given: { kind?: EventKind[] | undefined; kinds?: EventKind[] | undefined }) {
  const asked = [...(given.kind ?? []), ...(given.kinds ?? [])];
  return asked.length === 0 ? undefined : EventKind.options.filter((kind) => asked.includes(kind));
}
