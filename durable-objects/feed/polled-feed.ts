import type { MarketEventInput } from "../../shared/contracts/market.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { beginWork, type Work } from "../../shared/platform/work.ts";
import type { FeedStatus } from "../../shared/providers/links.ts";
import type { Cursor, Provider } from "../../shared/providers/provider.ts";

export interface PolledFeedDeps {
  provider: Pick<Provider, "poll">;
  now: Clock;
  log: Log;
  ingest(slug: string, events: MarketEventInput[], work: Work): Promise<void>;
  cursors: { load(slug: string): Cursor | null; save(slug: string, cursor: Cursor): void };
}

const EVERY_MS = 1_000;
/** A feed that starts catches up over several ticks, so that no collection waits for another's history. */
const MAX_PAGES = 10;

/** A feed of a provider that costs nothing to ask: it is polled every second. */
export class PolledFeed {
  private readonly deps: PolledFeedDeps;
  private slugs: readonly string[] = [];
  private due = 0;
  private busy = false;
  private lastEventAt: number | null = null;
  private lastError: string | null = null;
  constructor(deps: PolledFeedDeps) {
    this.deps = deps;
  }

  follow(slugs: readonly string[]): void {
    this.slugs = slugs;
  }

  stop(): void {
    this.slugs = [];
  }

  /** Polls every collection; one that fails does not stop the others. Never rejects. */
  async tick(work = beginWork(this.deps.log, null)): Promise<void> {
    if (this.busy || this.deps.now() < this.due) return;
    this.due = this.deps.now() + EVERY_MS;
    this.busy = true;
    await Promise.all(this.slugs.map((slug) => this.pollOne(slug, work)));
    this.busy = false;
  }

  nextDue(): number {
    return this.slugs.length === 0 || this.busy ? Number.POSITIVE_INFINITY : this.due;
  }

  status(): Omit<FeedStatus, "provider"> {
    return {
      state: this.slugs.length === 0 ? "idle" : "polling",
      joined: [...this.slugs],
      last_event_at: this.lastEventAt === null ? null : isoTime(this.lastEventAt),
      last_error: this.lastError,
    };
  }

  private async pollOne(slug: string, work: Work): Promise<void> {
    try {
      let cursor = this.deps.cursors.load(slug);
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const result = await this.deps.provider.poll(slug, cursor);
        if (result.events.length > 0) {
          // The room first: a cursor that is ahead of its events would lose them.
          await this.deps.ingest(slug, result.events, work);
          this.lastEventAt = this.deps.now();
        }
        cursor = result.cursor;
        this.deps.cursors.save(slug, cursor);
        if (!result.more) return;
      }
    } catch (error) {
      this.lastError = describeError(error);
      work.log.warn("feed poll failed", { collection: slug, error: this.lastError });
    }
  }
}
