import { z } from "zod";

/**
 * What OpenSea's fields have in common: any may be missing, null, empty or a number where text is expected.
 * A field that cannot be read counts as absent; what an event cannot do without is checked where it is used.
 */
export const MaybeText = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(null)
  .transform((text) => (text == null || text.trim() === "" ? null : text.trim()));

/** A whole number as text: `"2"`, `2`, or beyond 2^53 as parseJson left it. */
export const MaybeInteger = MaybeText.transform((text) =>
  text !== null && /^\d{1,78}$/.test(text) ? text : null,
);

/** Seconds, seconds in text, or ISO 8601; read by times.ts. */
export const MaybeTime = z.union([z.string(), z.number()]).nullish().catch(null);

export const MaybeBoolean = z.boolean().nullish().catch(null);

/** A chain is text, or an object with its name. */
export const MaybeChain = z
  .union([z.string(), z.object({ name: z.string() }).transform((it) => it.name)])
  .nullish()
  .catch(null)
  .transform((name) => (name == null || name === "" ? null : chainName(name)));

/** An account is an address, or an object with it. */
export const MaybeAccount = z
  .union([z.string(), z.object({ address: z.string() }).transform((it) => it.address)])
  .nullish()
  .catch(null)
  .transform((text) => (text == null || text.trim() === "" ? null : text.trim()));

const SeaportItem = z.object({
  itemType: MaybeInteger,
  token: MaybeText,
  identifierOrCriteria: MaybeText,
  startAmount: MaybeText,
  endAmount: MaybeText,
});
export type SeaportItem = z.output<typeof SeaportItem>;

/** The part of a Seaport order that prices, sides and token ids can be read from. */
export const MaybeSeaport = z
  .object({
    parameters: z.object({
      offerer: MaybeText,
      offer: z.array(SeaportItem).catch([]),
      consideration: z.array(SeaportItem).catch([]),
      startTime: MaybeTime,
      endTime: MaybeTime,
    }),
  })
  .transform((order) => order.parameters)
  .nullish()
  .catch(null);
export type Seaport = NonNullable<z.output<typeof MaybeSeaport>>;

function chainName(name: string): string {
  const known = name.trim().toLowerCase();
  return known === "matic" ? "polygon" : known;
}
