import { LiveClient } from "../live/live-client.ts";
import type { LiveClientOptions, LiveState } from "../live/live-types.ts";
import { NOT_CONNECTED } from "./feed-state.ts";
import { NO_QUOTE, type Quote, quoteAfter, quoteAtSnapshot } from "./quote.ts";
import { Store } from "./store.ts";

export interface MarketState {
  connection: LiveState;
  quotes: ReadonlyMap<string, Quote>;
}

interface MarketFeedDeps {
  /** Live address of many collections. */
  url: string;
  credential?: LiveClientOptions["credential"];
  schedule(run: () => void): void;
}

/** The quotes of many collections over one socket. */
export class MarketFeed {
  readonly store: Store<MarketState>;
  readonly client: LiveClient;
  #followed = new Set<string>();

  constructor({ url, credential, schedule }: MarketFeedDeps) {
    this.store = new Store<MarketState>({ connection: NOT_CONNECTED, quotes: new Map() }, schedule);
    this.client = new LiveClient({
      url,
      credential,
      onState: (connection) => this.store.update((state) => ({ ...state, connection })),
      onSnapshot: (snapshot) =>
        this.#change(snapshot.collection, (quote) => quoteAtSnapshot(quote, snapshot)),
      // After a correction the last price is not known here; the list has the database's.
      onEvents: (slug, events) => this.#change(slug, (quote) => quoteAfter(quote, events, () => [])),
      onProblem: ({ code, message }) => console.warn(`live: ${code}: ${message}`),
    });
  }

  /** Follows these collections and no others. */
  follow(slugs: string[]): void {
    const wanted = new Set(slugs);
    for (const slug of this.#followed) if (!wanted.has(slug)) this.client.unsubscribe(slug);
    for (const collection of wanted)
      if (!this.#followed.has(collection)) this.client.subscribe({ collection });
    this.#followed = wanted;
  }

  #change(slug: string, change: (quote: Quote) => Quote): void {
    this.store.update((state) => {
      const quote = change(state.quotes.get(slug) ?? NO_QUOTE);
      return { ...state, quotes: new Map(state.quotes).set(slug, quote) };
    });
  }
}
