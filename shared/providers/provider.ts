import type { MarketEventInput } from "../contracts/market.ts";

/** How far a provider was read; the provider's own form, kept as JSON. */
export type Cursor = Record<string, unknown>;

export interface PollResult {
  /** Oldest first. */
  events: MarketEventInput[];
  /** Stored once the events are durable in their room; handed back at the next poll. */
  cursor: Cursor;
  /** There is more to read at once. */
  more: boolean;
}

/** What a provider says a collection is. `null` is "not known". */
export interface CollectionInfo {
  slug: string;
  name: string;
  description: string | null;
  image_url: string | null;
  chain: string | null;
  contract: string | null;
  currency: string | null;
  supply: string | null;
}

/** Figures that a provider states itself, kept apart from those that we count. Zero floors become `null`. */
export interface ProviderStats {
  floor: string | null;
  floor_currency: string | null;
  owners: number | null;
  total_sales: number | null;
  total_volume: string | null;
  as_of: string;
}

/**
 * A source of market events. Methods throw `AppError` with `provider_failed`, `rate_limited` or `not_found`;
 * time-out, quota, back-off and circuit breaking are the caller's (`gate.ts`), alike for every provider.
 */
export interface Provider {
  readonly name: string;
  readonly simulated: boolean;
  /** Events of a collection after the cursor; `null` begins where the provider finds it sensible. */
  poll(slug: string, since: Cursor | null): Promise<PollResult>;
  collection(slug: string): Promise<CollectionInfo>;
  stats(slug: string): Promise<ProviderStats>;
}
