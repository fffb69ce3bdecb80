import { z } from "zod";
import { Figure } from "./figure.ts";
import { Position } from "./live.ts";
import { Floor, FloorCause, MarketEvent } from "./market.ts";
import { orNull } from "./primitives.ts";

/** A collection in a list. Amounts are decimal strings; what is not known is `null`, never zero. */
export const CollectionItem = z
  .object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    image_url: z.string().nullable(),
    chain: z.string().nullable(),
    contract: z.string().nullable(),
    /** Whether any of its events was invented by the simulated market. */
    simulated: z.boolean(),
    /** The unit that its prices are compared in. */
    currency: z.string().nullable(),
    /** Price of the lowest open listing. */
    floor: z.string().nullable(),
    /** Price per item of the last sale with a known price in `currency`. */
    last_price: z.string().nullable(),
    last_sale_at: z.string().nullable(),
    /** Total of the last 24 hours in `currency`; `null` where no sale has a known price. */
    volume_24h: z.string().nullable(),
    sales_24h: z.number().int(),
    /** How much the floor differs from that of 24 hours ago, in percent of the latter. */
    change_24h: z.string().nullable(),
    /** Tokens with an open listing. */
    listed_count: z.number().int().nullable(),
    /** When its room last wrote down where it stands: its own figures, such as the floor, were true then. */
    updated_at: z.string().nullable(),
    sources: z.array(z.string()),
    figures: z.object({
      floor: Figure,
      last_price: Figure,
      volume_24h: Figure,
      sales_24h: Figure,
      change_24h: Figure,
    }),
  })
  .meta({ id: "CollectionItem" });
export type CollectionItem = z.infer<typeof CollectionItem>;

export const CollectionPage = z
  .object({
    data: z.array(CollectionItem),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "CollectionPage" });
export type CollectionPage = z.infer<typeof CollectionPage>;

/** What a provider states itself; it may count other sales and listings than we know of. */
export const ProviderFigures = z
  .object({
    source: z.string(),
    floor: z.string().nullable(),
    owners: z.number().int().nullable(),
    /** Since the collection began, as the provider counts. */
    total_sales: z.number().int().nullable(),
    /** Since the collection began; the provider does not say in which currency. */
    total_volume: z.string().nullable(),
    figures: z.object({ floor: Figure, owners: Figure, total_sales: Figure, total_volume: Figure }),
  })
  .meta({ id: "ProviderFigures" });
export type ProviderFigures = z.infer<typeof ProviderFigures>;

export const CollectionDetail = CollectionItem.extend({
  description: z.string().nullable(),
  supply: z.string().nullable(),
  /** Who described it; `room` where only its events are known. */
  described_by: z.string(),
  /** Beside our own figures, those of the provider that described it; `null` where it states none. */
  provider_stats: ProviderFigures.nullable(),
  /** The listing behind `floor`. */
  floor_listing: Floor.nullable(),
  /** Why and when the floor moved last. */
  floor_change: z.object({ cause: FloorCause, at: z.string() }).nullable(),
  /** How far its events can be read here; live readers may be a moment ahead. */
  position: Position.nullable(),
}).meta({ id: "CollectionDetail" });
export type CollectionDetail = z.infer<typeof CollectionDetail>;

export const EventPage = z
  .object({
    data: z.array(MarketEvent),
    next_cursor: z.string().nullable(),
    /** With `after_seq`: how far this page brings the reader. `null` otherwise. */
    position: z
      .object({
        epoch: z.string().nullable(),
        /** Every event up to this number that passes the filter has been given. */
        seq: z.number().int(),
        /** The newest number of that epoch. */
        head: z.number().int(),
        /** Another one than `epoch` where the numbering began anew; go on there after number 0. */
        current_epoch: z.string().nullable(),
      })
      .nullable(),
  })
  .meta({ id: "EventPage" });
export type EventPage = z.infer<typeof EventPage>;

/** Figures of a collection over a span of time, half-open. */
export const CollectionStats = z
  .object({
    collection: z.string(),
    range: z.string().nullable(),
    from: z.string(),
    to: z.string(),
    currency: z.string().nullable(),
    simulated: z.boolean(),
    /** All sales, those without a known price and those in other currencies included. */
    sales: z.number().int(),
    /** Items sold: more than `sales` where lots were sold. */
    items: z.string(),
    volume: z.string().nullable(),
    volume_usd: z.string().nullable(),
    /** The floor at the end of the span. */
    floor: z.string().nullable(),
    /** The last sale's price at the end of the span; the sale itself may be older than the span. */
    last_price: z.string().nullable(),
    /** Volume over items. */
    average_price: z.string().nullable(),
    /** `null` also where there are too many sales to sort; see `figures.median_price.known_sales`. */
    median_price: z.string().nullable(),
    highest_price: z.string().nullable(),
    lowest_price: z.string().nullable(),
    unique_buyers: z.number().int().nullable(),
    unique_sellers: z.number().int().nullable(),
    /** Every currency that something was sold for, the main one included. */
    volume_by_currency: z.array(
      z.object({
        currency: z.string(),
        sales: z.number().int(),
        volume: z.string(),
        volume_usd: z.string().nullable(),
      }),
    ),
    figures: z.object({
      sales: Figure,
      volume: Figure,
      volume_usd: Figure,
      floor: Figure,
      last_price: Figure,
      average_price: Figure,
      median_price: Figure,
      highest_price: Figure,
      lowest_price: Figure,
      unique_buyers: Figure,
      unique_sellers: Figure,
    }),
  })
  .meta({ id: "CollectionStats" });
export type CollectionStats = z.infer<typeof CollectionStats>;

/**
 * Prices per item of a stretch of time in the collection's currency; `volume` is the total. They are `null` where sales
 * are known and none of their prices.
 */
export const Candle = z
  .object({
    start: z.string(),
    end: z.string(),
    open: z.string().nullable(),
    high: z.string().nullable(),
    low: z.string().nullable(),
    close: z.string().nullable(),
    volume: z.string().nullable(),
    /** All sales, those without a known price and those in other currencies included. */
    sales: z.number().int(),
    /** Sales with a known price in the collection's currency: those that the prices and the volume are of. */
    priced_sales: z.number().int(),
    /** The stretch is not over yet. */
    partial: z.boolean(),
    /** Nothing was sold for a known price; the price is that of the candle before. */
    filled: z.boolean(),
  })
  .meta({ id: "Candle" });
export type Candle = z.infer<typeof Candle>;

export const CandlePage = z
  .object({
    collection: z.string(),
    interval: z.string(),
    currency: z.string().nullable(),
    simulated: z.boolean(),
    sources: z.array(z.string()),
    as_of: z.string().nullable(),
    /** Oldest first. */
    data: z.array(Candle),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: "CandlePage" });
export type CandlePage = z.infer<typeof CandlePage>;

/** One token, as far as the events tell. */
export const NftDetail = z
  .object({
    collection: z.string(),
    token_id: z.string(),
    simulated: z.boolean(),
    last_sale: orNull(MarketEvent),
    /** The lowest of its listings that were not sold, cancelled, replaced or expired. */
    listing: orNull(MarketEvent),
    /** Who got it last; `null` where that is not known, where it was burned, or where many may hold it. */
    holder: z
      .object({
        address: z.string(),
        since: z.string(),
        by: z.enum(["sale", "transfer"]),
        source: z.string(),
      })
      .nullable(),
    /**
     * Why `holder` is `null`: no sale or transfer is known; many may hold it; it was burned; the last move does not say who
     * got it; several moves of one instant do not tell in which order they were.
     */
    holder_unknown: z
      .enum(["no_move", "many_holders", "burned", "buyer_not_named", "order_not_known"])
      .nullable(),
    as_of: z.string().nullable(),
    history: z.object({ data: z.array(MarketEvent), next_cursor: z.string().nullable() }),
  })
  .meta({ id: "NftDetail" });
export type NftDetail = z.infer<typeof NftDetail>;
