import type { CollectionItem } from "../../../shared/contracts/collections.ts";
import type { Quote } from "../feed/quote.ts";
import { aboutFigure } from "../format/about.ts";
import { utcTime } from "../format/time.ts";

interface ShownAmount {
  price: string | null;
  currency: string | null;
  /** Where it comes from, how old it is and what it is of, for titles. */
  about: string;
}

export interface ShownQuote {
  simulated: boolean;
  floor: ShownAmount;
  last: ShownAmount;
  as_of: string | null;
}

/** Chooses between what the database said and what the live stream has said since. */
export function showQuote(collection: CollectionItem, quote: Quote | undefined): ShownQuote {
  const { figures } = collection;
  const floor = quote?.floor;
  const last = quote?.last_price;
  const listing = floor?.floor;
  return {
    simulated: collection.simulated || quote?.simulated === true,
    floor: floor
      ? {
          price: listing?.price ?? null,
          currency: listing?.currency ?? null,
          about: `Lowest open listing, per item; source: ${listing?.source ?? "unknown"}${floor.as_of === null ? "" : `; as of ${utcTime(floor.as_of)}`}`,
        }
      : {
          price: collection.floor,
          currency: figures.floor.currency,
          about: aboutFigure("Lowest open listing", figures.floor),
        },
    last: last
      ? {
          price: last.price,
          currency: last.currency,
          about: `Last sale, per item; source: ${last.source}; sold ${utcTime(last.at)}`,
        }
      : {
          price: collection.last_price,
          currency: figures.last_price.currency,
          about: aboutFigure("Last sale", figures.last_price),
        },
    as_of: newest(collection.updated_at, floor?.as_of ?? null),
  };
}

function newest(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}
