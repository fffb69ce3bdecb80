import { z } from "zod";

/** What an amount refers to: one item, a whole sale or span, or no amount at all. */
export const Basis = z.enum(["item", "total", "count", "percent"]);
export type Basis = z.infer<typeof Basis>;

/** Where a published number comes from, what it means and how old it is. */
export const Figure = z
  .object({
    /** Names of the providers whose events it was counted from; empty where nothing is known. */
    sources: z.array(z.string()),
    basis: Basis,
    /** Currency of an amount, with wrapped coins counted as what they wrap; `null` for what is no amount. */
    currency: z.string().nullable(),
    /** The moment that the number describes; `null` where nothing is known. */
    as_of: z.string().nullable(),
    age_ms: z.number().int().nullable(),
    /** Sales that the number rests on, where it rests on sales: fewer than all when some have no known price or wallet. */
    known_sales: z.number().int().nullable(),
  })
  .meta({ id: "Figure" });
export type Figure = z.infer<typeof Figure>;
