import type { MarketEventInput } from "../../contracts/market.ts";
import type { Beat } from "./pulse.ts";
import type { Scribe } from "./scribe.ts";

/** The events of one beat, in order: a refresh, or a bid and perhaps its withdrawal. */
export function tellBeat(beat: Beat, bidder: number, scribe: Scribe): MarketEventInput[] {
  const key = `p${beat.beat}`;
  if (beat.type === "metadata") return [scribe.write(key, "metadata", beat.at, beat.token, {})];
  const maker = { from: scribe.address(bidder), order_id: scribe.pulseOrder(beat.beat) };
  const quantity = String(beat.quantity);
  const events = [
    scribe.write(key, "bid", beat.at, beat.token, {
      ...scribe.amount(beat.units, "WETH", beat.at),
      ...maker,
      quantity,
      expires_at: new Date(beat.expires).toISOString(),
    }),
  ];
  if (beat.cancelled !== null)
    events.push(scribe.write(`${key}-c`, "cancel", beat.cancelled, beat.token, { ...maker, quantity }));
  return events;
}
