import type { MarketEventInput } from "../../../shared/contracts/market.ts";
import type { Clock } from "../../../shared/platform/clock.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { Ingested } from "../../../shared/providers/ingest-events.ts";
import type { Cursor, Provider } from "../../../shared/providers/provider.ts";

export interface PollDeps {
  provider: Pick<Provider, "name" | "poll">;
  now: Clock;
  log: Log;
  cursors: {
    load(slug: string): Promise<Cursor | null>;
    /** `false` where another poll moved the cursor meanwhile. */
    store(slug: string, from: Cursor | null, to: Cursor): Promise<boolean>;
  };
  ingest(slug: string, events: MarketEventInput[]): Promise<Ingested>;
}

/** One poll reads no more than this; the next one goes on where it stopped. */
const MAX_PAGES = 10;
const MAX_MS = 60_000;

/**
 * Reads a collection on from its cursor: the events go into the room first, then the cursor is stored. A crash
 * in between reads them again, and the room drops what it has. Throws what the provider, room or database
 * threw; pages read before a failing one are kept.
 */
export async function pollCollection(deps: PollDeps, slug: string): Promise<Ingested> {
  const began = deps.now();
  const found = await deps.cursors.load(slug);
  const events: MarketEventInput[] = [];
  let cursor = found;
  let failure: { error: unknown } | null = null;
  for (let page = 0; page < MAX_PAGES && deps.now() - began < MAX_MS; page += 1) {
    try {
      const result = await deps.provider.poll(slug, cursor);
      events.push(...result.events);
      cursor = result.cursor;
      if (!result.more) break;
    } catch (error) {
      failure = { error };
      break;
    }
  }
  // Pages may come newest first; the room numbers what it is given in order.
  events.sort((a, b) => (a.occurred_at < b.occurred_at ? -1 : a.occurred_at > b.occurred_at ? 1 : 0));
  const ingested = await deps.ingest(slug, events);
  if (cursor !== null && cursor !== found && !(await deps.cursors.store(slug, found, cursor)))
    deps.log.info("another poll moved the cursor", { provider: deps.provider.name, collection: slug });
  if (failure !== null) throw failure.error;
  return ingested;
}
