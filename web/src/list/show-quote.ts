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
  /** When the floor on show was true. */
  as_of: string | null;
}

/**
 * Chooses between what the database said and what the live stream has said since: the newer counts, as either may have
 * fallen behind. Without a connection the database goes on; while the database is away, the stream does.
 */
export function showQuote(collection: CollectionItem, quote: Quote | undefined): ShownQuote {
  const { figures, updated_at, last_sale_at } = collection;
  const floor = newerOf(quote?.floor, quote?.floor?.as_of, updated_at);
  const last = newerOf(quote?.last_price, quote?.last_price?.at, last_sale_at);
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
    as_of: floor ? floor.as_of : updated_at,
  };
}

/** What was told live, unless the database knows something newer or as new. */
function newerOf<Told>(
  told: Told | null | undefined,
  at: string | null | undefined,
  stored: string | null,
): Told | null {
  if (told == null) return null;
  return stored !== null && (at == null || stored >= at) ? null : told;
}
