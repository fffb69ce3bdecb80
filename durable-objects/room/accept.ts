import type { MarketEvent, MarketEventInput } from "../../shared/contracts/market.ts";
import { SIMULATED_SOURCE } from "../../shared/contracts/market.ts";
import { canonicalMoney, divideMoney, multiplyMoney } from "../../shared/domain/money.ts";

const ZERO_ADDRESS = /^0x0{40}$/;
/** Clocks differ; a provider's may be ahead by this much. */
const LONGEST_AHEAD_MS = 15 * 60_000;

/** Why a well-formed event is not taken, or `null`. */
export function refusal(input: MarketEventInput, now: number): { pointer: string; message: string } | null {
  if (Date.parse(input.occurred_at) > now + LONGEST_AHEAD_MS)
    return {
      pointer: "/occurred_at",
      message: `lies in the future: it is ${new Date(now).toISOString()} here. Check the clock and the zone.`,
    };
  return null;
}

/**
 * The event as it is numbered, stored and sent. Prices are brought to one basis, per item, and the exact
 * total is kept beside it. A sale from or to the zero address has an unknown side: marketplaces write zero
 * where their event names nobody, and a made-up wallet would look like the greatest trader of all.
 */
export function acceptEvent(
  input: MarketEventInput,
  at: Pick<MarketEvent, "epoch" | "seq" | "received_at" | "corrected">,
): MarketEvent {
  const party = (address: string | null | undefined) =>
    address == null || (input.kind === "sale" && ZERO_ADDRESS.test(address)) ? null : address;
  const amount = input.price == null ? null : canonicalMoney(input.price);
  const end = input.end_price == null ? null : canonicalMoney(input.end_price);
  const isTotal = input.price_basis === "total" && input.quantity !== "1";
  return {
    event_key: input.event_key,
    kind: input.kind,
    collection: input.collection,
    ...at,
    token_id: input.token_id ?? null,
    price: amount === null || !isTotal ? amount : priceOfOne(amount, input.quantity),
    price_basis: "item",
    total_price: amount === null || isTotal ? amount : multiplyMoney(amount, input.quantity),
    currency: input.currency ?? null,
    price_usd: input.price_usd == null ? null : canonicalMoney(input.price_usd),
    end_price: end === null || !isTotal ? end : priceOfOne(end, input.quantity),
    starts_at: input.starts_at ?? null,
    quantity: input.quantity,
    from: party(input.from),
    to: party(input.to),
    tx_hash: input.tx_hash ?? null,
    block_number: input.block_number ?? null,
    log_index: input.log_index ?? null,
    order_id: input.order_id ?? null,
    marketplace: input.marketplace ?? null,
    source: input.source,
    simulated: input.source === SIMULATED_SOURCE,
    corrects: input.corrects ?? null,
    occurred_at: input.occurred_at,
    expires_at: input.expires_at ?? null,
    floor_change: null,
  };
}

/** As many digits as a price may have; what is smaller still is not known, rather than nothing. */
function priceOfOne(total: string, quantity: string): string | null {
  const price = divideMoney(total, quantity, { scale: 36 });
  return price === "0" ? null : price;
}
