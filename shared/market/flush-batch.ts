import type { Floor, MarketEvent } from "../contracts/market.ts";

/** A numbered event on its way into Postgres. */
export type FlushEvent = MarketEvent & {
  /** Hex of the first 16 bytes of the SHA-256 of `event_key` (UTF-8), and of its turn where the key has come back. */
  key_hash: string;
  /** The same of `corrects`; `null` where it corrects nothing. */
  corrects_hash: string | null;
  /** `unitOf(currency)`: wrapped coins count as what they wrap; `null` without a currency. */
  unit: string | null;
  /** What the provider sent, stored and never sent on. */
  raw?: unknown;
};

/** Where a room stands after the events of a flush. */
export interface FlushState {
  epoch: string;
  seq: number;
  floor: Floor | null;
  listed_count: number;
  updated_at: string;
}

/** What a room hands to Postgres at once; the same batch may come again, whole or in parts. */
export interface FlushBatch {
  /** Slug. */
  collection: string;
  simulated: boolean;
  /** The room's main unit, `null` while no priced event was seen. */
  currency: string | null;
  events: FlushEvent[];
  state: FlushState;
  /** What the room takes for granted; where it does not hold, nothing is written. Absent: nothing is checked. */
  expect?: ExpectedPosition;
}

/** Where a room believes that Postgres stands in its epoch. */
export interface ExpectedPosition {
  /** Everything up to this number is stored; `null` compares only the numbers of the batch's events. */
  stored: number | null;
  /** The room's newest number: Postgres cannot know a later one. */
  head: number;
}
