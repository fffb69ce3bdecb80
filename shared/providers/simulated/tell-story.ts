import type { MarketEventInput } from "../../contracts/market.ts";
import type { Scribe } from "./scribe.ts";
import type { Story } from "./story.ts";

/** Every event of a story, in order; `seller` is the token's holder when it begins, `heir` the one after. */
export function tellStory(story: Story, seller: number, heir: number, scribe: Scribe): MarketEventInput[] {
  const { place, token } = story;
  const transaction = scribe.transaction(place);
  if (story.type === "transfer") {
    const to = scribe.address(heir);
    return [
      scribe.write(`${place}-t`, "transfer", story.start, token, {
        from: scribe.address(seller),
        to,
        tx_hash: transaction,
      }),
    ];
  }
  if (story.type === "offer") {
    const order_id = scribe.order(place, 0);
    const bid = {
      ...scribe.amount(story.units, "WETH", story.start),
      from: scribe.address(heir),
      order_id,
      expires_at: new Date(story.expires).toISOString(),
    };
    const sale = {
      ...scribe.amount(story.units, "WETH", story.end),
      from: scribe.address(seller),
      to: scribe.address(heir),
      order_id,
      tx_hash: transaction,
    };
    return [
      scribe.write(`${place}-b`, "bid", story.start, token, bid),
      scribe.write(`${place}-s`, "sale", story.end, token, sale),
    ];
  }

  const events = story.legs.map((leg, index) =>
    scribe.write(`${place}-l${index}`, "listing", leg.at, token, {
      ...scribe.amount(leg.units, "ETH", leg.at),
      from: scribe.address(seller),
      // The order is told again at its new price: another order would stand beside it.
      order_id: scribe.order(place, 0),
      expires_at: new Date(story.expires).toISOString(),
    }),
  );
  const standing = story.legs.length - 1;
  const units = story.legs[standing]?.units ?? 0;
  const closing = { from: scribe.address(seller), order_id: scribe.order(place, 0) };
  if (story.ending.type === "cancelled")
    events.push(scribe.write(`${place}-c`, "cancel", story.end, token, closing));
  if (story.ending.type === "sold")
    events.push(
      scribe.write(`${place}-s`, "sale", story.end, token, {
        ...closing,
        ...scribe.amount(units, "ETH", story.end),
        to: scribe.address(heir),
        tx_hash: story.ending.sweep === null ? transaction : scribe.sweepTransaction(story.ending.sweep),
      }),
    );
  return events;
}
