import type { CollectionDetail } from "../../../shared/contracts/collections.ts";
import type { Quote } from "../feed/quote.ts";
import { aboutFigure } from "../format/about.ts";
import { words } from "../format/names.ts";
import { utcTime } from "../format/time.ts";

export interface ShownFigure {
  price: string | null;
  currency: string | null;
  /** In a word or two: what moved it, or who says so. */
  note: string;
  /** When it became so. */
  at: string | null;
  /** All of it in words, for titles. */
  about: string;
}

const NOT_READ: ShownFigure = {
  price: null,
  currency: null,
  note: "unavailable",
  at: null,
  about: "It could not be read",
};

/** The live floor; until the stream has told it, the database's. */
export function showFloor(detail: CollectionDetail | null, { floor }: Quote): ShownFigure {
  if (!floor) {
    if (!detail) return NOT_READ;
    const { floor: price, figures, floor_listing } = detail;
    const note = figures.floor.sources.join(", ") || "no open listing known";
    const about = aboutFigure("Lowest open listing", figures.floor);
    return { price, currency: figures.floor.currency, note, at: floor_listing?.listed_at ?? null, about };
  }
  const { floor: listing, cause, as_of } = floor;
  const at = floor.changed_at ?? listing?.listed_at ?? null;
  const about = [
    "Lowest open listing, per item",
    cause && at && `last moved by: ${words(cause)}, ${utcTime(at)}`,
    listing &&
      `listed ${utcTime(listing.listed_at)}${listing.marketplace ? ` at ${listing.marketplace}` : ""}`,
    `source: ${listing?.source ?? "unknown"}`,
    as_of && `as of ${utcTime(as_of)}`,
  ];
  return {
    price: listing?.price ?? null,
    currency: listing?.currency ?? null,
    note: cause ? words(cause) : (listing?.source ?? "no open listing known"),
    at,
    about: about.filter(Boolean).join("; "),
  };
}

/** The price of the newest sale. */
export function showLast(detail: CollectionDetail | null, { last_price }: Quote): ShownFigure {
  if (!last_price) {
    if (!detail) return NOT_READ;
    const { last_price: price, last_sale_at, figures } = detail;
    const note = figures.last_price.sources.join(", ") || "no sale known";
    const about = aboutFigure("Last sale", figures.last_price);
    return { price, currency: figures.last_price.currency, note, at: last_sale_at, about };
  }
  const { price, currency, source, at } = last_price;
  const about = `Last sale, per item; source: ${source}; sold ${utcTime(at)}`;
  return { price, currency, note: source, at, about };
}
