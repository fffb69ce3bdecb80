import type { MarketEventInput } from "../../shared/contracts/market.ts";
import type { RejectedRow } from "../../shared/providers/replay/provider.ts";
import type { Screen } from "./screen.ts";
import type { BatchAnswer } from "./sender.ts";
import type { Tally } from "./tally.ts";

const SHOWN_EVENTS = 3;

export interface Delivery {
  /** Hands events in, counts what became of them and lists those that were refused, by their lines. */
  deliver(events: MarketEventInput[], lines: number[]): Promise<void>;
  list(row: RejectedRow): void;
}

/** Without `send`, nothing leaves: the first events are shown instead. */
export function createDelivery(
  send: ((events: MarketEventInput[]) => Promise<BatchAnswer>) | null,
  tally: Tally,
  screen: Screen,
): Delivery {
  const list = (row: RejectedRow) => {
    const text = tally.reject(row);
    if (text !== null) screen.line(text);
  };
  const show = (events: MarketEventInput[]): BatchAnswer => {
    for (const event of events.slice(0, Math.max(0, SHOWN_EVENTS - tally.sent)))
      screen.line(JSON.stringify(event));
    return { accepted: 0, duplicate: 0, rejected: [] };
  };
  return {
    list,
    async deliver(events, lines) {
      const answer = send === null ? show(events) : await send(events);
      tally.addEvents(events);
      tally.accepted += answer.accepted;
      tally.duplicate += answer.duplicate;
      for (const { index, errors } of answer.rejected) list({ line: lines[index] ?? 0, errors });
    },
  };
}
