import { MarketEvent } from "../../../shared/contracts/market.ts";

/** A sale as a room sends it; `seq` makes it one of a kind. */
export function buildEvent(seq: number, over: Partial<MarketEvent> = {}): MarketEvent {
  const at = new Date(Date.UTC(2026, 10, 1, 12, 0, 0) + seq * 1000).toISOString();
  return MarketEvent.parse({
    event_key: `k-${over.epoch ?? "e1"}-${seq}`,
    kind: "sale",
    collection: "cryptopunks",
    epoch: "e1",
    seq,
    token_id: String(seq),
    price: "1.5",
    price_basis: "item",
    total_price: "1.5",
    currency: "ETH",
    price_usd: null,
    quantity: "1",
    from: "0x00000000000000000000000000000000000000aa",
    to: "0x00000000000000000000000000000000000000bb",
    tx_hash: null,
    order_id: null,
    marketplace: null,
    source: "push",
    simulated: false,
    corrects: null,
    occurred_at: at,
    expires_at: null,
    received_at: at,
    floor_change: null,
    ...over,
  });
}
