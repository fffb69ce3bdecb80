import { z } from "zod";
import type { CollectionInfo, ProviderStats } from "../provider.ts";
import { readDecimal } from "./amounts.ts";
import { normaliseHash } from "./identity.ts";
import { readSymbol } from "./pricing.ts";
import { MaybeChain, MaybeInteger, MaybeText } from "./wire.ts";

const Currency = z.object({ symbol: MaybeText }).nullish().catch(null);

/** `GET /api/v2/collections/{slug}`. */
export const CollectionReply = z.object({
  collection: z.string().min(1),
  name: MaybeText,
  description: MaybeText,
  image_url: MaybeText,
  contracts: z.array(z.object({ address: MaybeText, chain: MaybeChain })).catch([]),
  total_supply: MaybeInteger,
  unique_item_count: MaybeInteger,
  pricing_currencies: z.object({ listing_currency: Currency }).nullish().catch(null),
});

/** `GET /api/v2/collections/{slug}/stats`. */
export const StatsReply = z.object({
  total: z.object({
    volume: MaybeText,
    sales: MaybeInteger,
    num_owners: MaybeInteger,
    floor_price: MaybeText,
    floor_price_symbol: MaybeText,
  }),
  intervals: z.array(z.object({ interval: z.string(), volume: MaybeText, sales: MaybeInteger })).catch([]),
});

export function normaliseCollection(reply: z.output<typeof CollectionReply>): CollectionInfo {
  const contract = reply.contracts[0];
  return {
    slug: reply.collection,
    name: reply.name ?? reply.collection,
    description: reply.description,
    image_url: reply.image_url,
    chain: contract?.chain ?? null,
    contract: normaliseHash(contract?.address ?? null),
    currency: readSymbol(reply.pricing_currencies?.listing_currency?.symbol ?? null),
    supply: positive(reply.total_supply) ?? positive(reply.unique_item_count),
  };
}

/** OpenSea has named its intervals in two ways; both mean the same days. */
const DAYS: Record<string, number> = {
  one_day: 1,
  seven_day: 7,
  seven_days: 7,
  thirty_day: 30,
  thirty_days: 30,
};

export interface IntervalFigures {
  days: number;
  sales: number | null;
  volume: string | null;
}

/** The stats, with the intervals that OpenSea states beside its totals. A floor of 0 means "not known". */
export function normaliseStats(
  reply: z.output<typeof StatsReply>,
  asOf: string,
): ProviderStats & { intervals: IntervalFigures[] } {
  const { total } = reply;
  const floor = readDecimal(total.floor_price);
  return {
    floor,
    floor_currency: floor === null ? null : readSymbol(total.floor_price_symbol),
    owners: count(total.num_owners),
    total_sales: count(total.sales),
    total_volume: decimalOrZero(total.volume),
    as_of: asOf,
    intervals: reply.intervals.flatMap(({ interval, sales, volume }) => {
      const days = DAYS[interval];
      return days === undefined ? [] : [{ days, sales: count(sales), volume: decimalOrZero(volume) }];
    }),
  };
}

function positive(integer: string | null): string | null {
  return integer === null || /^0+$/.test(integer) ? null : integer;
}

function count(integer: string | null): number | null {
  const value = integer === null ? null : Number(integer);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}

/** No volume is a figure; no floor is not. */
function decimalOrZero(text: string | null): string | null {
  return text !== null && /^0(?:\.0+)?$/.test(text) ? "0" : readDecimal(text);
}
