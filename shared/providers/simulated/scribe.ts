import { type EventKind, type MarketEventInput, SIMULATED_SOURCE } from "../../contracts/market.ts";
import { decimalText, usdText } from "./amounts.ts";
import type { SimulatedCollection } from "./collections.ts";
import { createEthRate } from "./mood.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { streamHex } from "./random.ts";
import { createAddresses } from "./wallets.ts";

type Amount = Pick<MarketEventInput, "price" | "currency" | "price_usd">;

/** Writes what happens in a collection as market events; ids and keys are the same whenever it is asked. */
export interface Scribe {
  write(
    key: string,
    kind: EventKind,
    at: number,
    token: number | null,
    rest: Partial<MarketEventInput>,
  ): MarketEventInput;
  amount(units: number, currency: "ETH" | "WETH", at: number): Amount;
  address(wallet: number): string;
  order(place: number, leg: number): string;
  pulseOrder(beat: number): string;
  transaction(place: number): string;
  sweepTransaction(block: number): string;
}

export function createScribe(seed: number, collection: SimulatedCollection): Scribe {
  const centsPerEth = createEthRate(seed);
  const hex = (use: number, index: number) => streamHex(32, seed, purposeOf(collection.number, use), index);
  return {
    write: (key, kind, at, token, rest) => ({
      // Another seed is another market: its events must not fall together with these.
      event_key: `sim${seed}-${key}`,
      kind,
      collection: collection.slug,
      token_id: token === null ? null : String(token + 1),
      price_basis: "item",
      quantity: "1",
      marketplace: SIMULATED_SOURCE,
      source: SIMULATED_SOURCE,
      occurred_at: new Date(at).toISOString(),
      ...rest,
    }),
    amount: (units, currency, at) => ({
      price: decimalText(units, 6),
      currency,
      price_usd: usdText(units, centsPerEth(at)),
    }),
    address: createAddresses(seed),
    order: (place, leg) => hex(Purpose.order, place * 4 + leg),
    pulseOrder: (beat) => hex(Purpose.pulse_order, beat),
    transaction: (place) => hex(Purpose.transaction, place),
    sweepTransaction: (block) => hex(Purpose.sweep_transaction, block),
  };
}
