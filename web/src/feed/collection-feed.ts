import type { MarketEvent } from "../../../shared/contracts/market.ts";
import { LiveClient } from "../live/live-client.ts";
import type { LiveClientOptions } from "../live/live-types.ts";
import { applyEvents, applyHistory, applySnapshot, EMPTY_FEED, type FeedState } from "./feed-state.ts";
import { Store } from "./store.ts";

interface FeedDeps {
  slug: string;
  /** Live address of the collection. */
  url: string;
  credential?: LiveClientOptions["credential"];
  now(): number;
  /** Runs before the next drawing. */
  schedule(run: () => void): void;
}

/** One collection as it is now: the live stream, and the history that was read beside it. */
export class CollectionFeed {
  readonly store: Store<FeedState>;
  readonly client: LiveClient;
  #saleListeners = new Set<(sale: MarketEvent) => void>();

  constructor({ slug, url, credential, now, schedule }: FeedDeps) {
    this.store = new Store(EMPTY_FEED, schedule);
    this.client = new LiveClient({
      url,
      credential,
      subscriptions: [{ collection: slug }],
      onState: (connection) => this.store.update((state) => ({ ...state, connection })),
      onSnapshot: (snapshot, reset) => this.store.update((state) => applySnapshot(state, snapshot, reset)),
      onEvents: (_collection, events) => {
        this.store.update((state) => applyEvents(state, events, now()));
        for (const event of events) {
          if (event.kind === "sale") for (const listener of this.#saleListeners) listener(event);
        }
      },
      onProblem: ({ code, message }) => console.warn(`live: ${code}: ${message}`),
    });
  }

  /** Each sale as it arrives; the returned function stops that. */
  onSale(listener: (sale: MarketEvent) => void): () => void {
    this.#saleListeners.add(listener);
    return () => this.#saleListeners.delete(listener);
  }

  /** Puts events that were read from the database among those that arrived. */
  addHistory(events: MarketEvent[]): void {
    this.store.update((state) => applyHistory(state, events));
  }
}
