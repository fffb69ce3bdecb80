import type { z } from "zod";
import type { MarketEventInput } from "../../contracts/market.ts";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Log } from "../../platform/log.ts";
import type { CollectionInfo, Cursor, PollResult, Provider } from "../provider.ts";
import { postponeSweep, sweepBook, sweepDue, trackEvents } from "./book.ts";
import { newCursor, OpenSeaCursor, type Window } from "./cursor.ts";
import { SOURCE } from "./event.ts";
import { CollectionReply, normaliseCollection, normaliseStats, StatsReply } from "./info.ts";
import { parseJson } from "./json.ts";
import { ListingsPage, normaliseListing, OrderReply } from "./listing.ts";
import {
  bestListingsRequest,
  collectionRequest,
  type Endpoint,
  eventsRequest,
  orderRequest,
  statsRequest,
} from "./requests.ts";
import { normaliseRestEvent, RestEventsPage, restEventSecond } from "./rest-event.ts";
import { isFault, logSkipped, normaliseEach } from "./skip.ts";
import type { Revalidation } from "./stream-event.ts";
import { finishWindow, openWindow, stepWindow, stuckWindow, type WindowRules } from "./window.ts";

/** Sends one request through the gate and hands its text to `read`. */
export type Call = <T>(request: Request, read: (text: string) => T) => Promise<T>;

export interface OpenSeaDeps {
  endpoint: Endpoint;
  call: Call;
  now: Clock;
  log: Log;
  rules?: Partial<WindowRules & { page_size: number }>;
}

/** Late events were seen to take over a minute; five leave room and cost one page more of a busy collection. */
const RULES = { history_seconds: 86_400, overlap_seconds: 300, page_size: 200 };

export type OpenSeaProvider = Provider & {
  /** The listing behind a revalidated order, or `null` where it is not open after all. */
  lookUpOrder(order: Revalidation): Promise<MarketEventInput | null>;
  stats(slug: string): Promise<ReturnType<typeof normaliseStats>>;
};

const readAs =
  <Schema extends z.ZodType>(schema: Schema) =>
  (text: string): z.output<Schema> =>
    schema.parse(parseJson(text));

/** OpenSea's REST API v2 (https://docs.opensea.io/reference/api-overview). */
export function createOpenSeaProvider(deps: OpenSeaDeps): OpenSeaProvider {
  const { endpoint, call, now, log } = deps;
  const rules = { ...RULES, ...deps.rules };
  const seconds = () => Math.floor(now() / 1000);
  const note = (slug: string) => ({ provider: SOURCE, collection: slug });

  async function pollEvents(slug: string, cursor: OpenSeaCursor): Promise<PollResult> {
    const window = cursor.window ?? openWindow(cursor.read_until, seconds(), rules);
    const page = await readPage(slug, window);
    if (page === null) return afterStep(slug, cursor, window, stuckWindow(window), []);
    const { events, skipped } = normaliseEach(page.asset_events, (raw) =>
      normaliseRestEvent(raw, slug, now()),
    );
    logSkipped(log, skipped, note(slug));
    const step = stepWindow(window, { seconds: page.asset_events.map(restEventSecond), next: page.next });
    const oldestFirst = events.reverse();
    const tracked = { ...cursor, book: trackEvents(cursor.book, oldestFirst) };
    return afterStep(slug, tracked, window, step, oldestFirst);
  }

  /** One page, or `null` where the failure is of OpenSea's own cursor, which can be done without. */
  async function readPage(slug: string, window: Window) {
    try {
      return await call(eventsRequest(endpoint, slug, window, rules.page_size), readAs(RestEventsPage));
    } catch (error) {
      const cursorFailed =
        window.next !== null && error instanceof AppError && error.code === "provider_failed";
      if (!cursorFailed) throw error;
      log.warn("provider cursor failed", { ...note(slug), error: error.message });
      return null;
    }
  }

  function afterStep(
    slug: string,
    cursor: OpenSeaCursor,
    window: Window,
    step: ReturnType<typeof stepWindow>,
    events: MarketEventInput[],
  ): PollResult {
    if (step.fault !== null) log.error("provider window incomplete", { ...note(slug), fault: step.fault });
    if (step.window !== null) return { events, cursor: { ...cursor, window: step.window }, more: true };
    const read = finishWindow(cursor, window);
    const turn = sweepDue(read.book, seconds()) ? "book" : "events";
    return { events, cursor: { ...read, turn }, more: turn === "book" };
  }

  async function pollBook(slug: string, cursor: OpenSeaCursor): Promise<PollResult> {
    // Before the first window the events are still to come; afterwards the book was the end of the round.
    const more = cursor.read_until === null;
    const page = await readBestListings(slug);
    if (page === null) {
      const book = postponeSweep(cursor.book, seconds());
      return { events: [], cursor: { ...cursor, turn: "events", book }, more };
    }
    const gone = new Set(cursor.book.gone);
    const { events, skipped } = normaliseEach(page.listings, (raw) => {
      const event = normaliseListing(raw, slug, now());
      if (!event.order_id || !gone.has(event.order_id)) return event;
      const occurred_at = new Date(now()).toISOString();
      return normaliseListing(raw, slug, now(), {
        event_key: `revalidate:${event.order_id}:${now()}`,
        occurred_at,
      });
    });
    logSkipped(log, skipped, note(slug));
    const trusted = !skipped.some(({ reason }) => isFault(reason));
    const found = { listings: events, complete: page.next === null, trusted };
    const swept = sweepBook(cursor.book, found, slug, now());
    return { events: swept.events, cursor: { ...cursor, turn: "events", book: swept.book }, more };
  }

  /** `null` where only this endpoint fails: events must not wait for it. */
  async function readBestListings(slug: string) {
    try {
      return await call(bestListingsRequest(endpoint, slug, rules.page_size), readAs(ListingsPage));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "provider_failed") throw error;
      log.warn("best listings not read", { ...note(slug), error: error.message });
      return null;
    }
  }

  return {
    name: SOURCE,
    simulated: false,
    poll(slug, since) {
      const cursor = since === null ? newCursor() : readCursor(since);
      return cursor.turn === "book" ? pollBook(slug, cursor) : pollEvents(slug, cursor);
    },
    async collection(slug): Promise<CollectionInfo> {
      return normaliseCollection(await call(collectionRequest(endpoint, slug), readAs(CollectionReply)));
    },
    async stats(slug) {
      const reply = await call(statsRequest(endpoint, slug), readAs(StatsReply));
      return normaliseStats(reply, new Date(now()).toISOString());
    },
    async lookUpOrder(order) {
      const request = orderRequest(endpoint, order.chain, order.protocol_address, order.order_hash);
      const reply = await call(request, readAs(OrderReply));
      const { events, skipped } = normaliseEach([reply.order], (raw) =>
        normaliseListing(raw, order.collection, now(), order),
      );
      logSkipped(log, skipped, note(order.collection));
      return events[0] ?? null;
    },
  };
}

function readCursor(stored: Cursor): OpenSeaCursor {
  const parsed = OpenSeaCursor.safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new AppError("internal", "the stored cursor of opensea cannot be read; delete its row to read anew", {
    cause: parsed.error,
  });
}
