import { MarketEventInput } from "../../shared/contracts/market.ts";

let count = 0;

/** A valid market event; name only what the test is about. */
export function anEvent(partial: Partial<Record<keyof MarketEventInput, unknown>> = {}): MarketEventInput {
  count += 1;
  return MarketEventInput.parse({
    event_key: `key-${count}`,
    kind: "sale",
    collection: "punks",
    token_id: "1",
    price: "1",
    currency: "ETH",
    from: "0xseller",
    to: "0xbuyer",
    occurred_at: "2026-01-01T00:00:00Z",
    ...partial,
  });
}
