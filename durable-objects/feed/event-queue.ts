import type { MarketEventInput } from "../../shared/contracts/market.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { beginWork, type Work } from "../../shared/platform/work.ts";
import { backOffDelay } from "../../shared/providers/gate/back-off.ts";

export interface EventQueueDeps {
  now: Clock;
  random: () => number;
  log: Log;
  /** Hands events to their room; resolves once they are durable there. */
  ingest(slug: string, events: MarketEventInput[], work: Work): Promise<void>;
  /** Events of this collection had to be let go, so they must be read in another way. */
  onDropped(slug: string): void;
}

const MAX_BATCH = 500;
const MAX_WAITING = 5_000;
const RETRY = { base_ms: 500, max_ms: 30_000 };

interface Line {
  events: MarketEventInput[];
  busy: boolean;
  failures: number;
  due: number;
}

/**
 * Events on their way to rooms, in order, one batch a room at a time: while a room is busy the next batch
 * grows, so a burst costs few calls. A room that fails is tried again; beyond a bound the oldest are let go.
 */
export class EventQueue {
  private readonly lines = new Map<string, Line>();
  private readonly deps: EventQueueDeps;
  constructor(deps: EventQueueDeps) {
    this.deps = deps;
  }

  add(slug: string, events: MarketEventInput[]): void {
    const line = this.lines.get(slug) ?? { events: [], busy: false, failures: 0, due: 0 };
    this.lines.set(slug, line);
    line.events.push(...events);
    const excess = line.events.length - MAX_WAITING;
    if (excess <= 0) return;
    line.events.splice(0, excess);
    this.deps.log.error("feed events let go", { collection: slug, count: excess });
    this.deps.onDropped(slug);
  }

  /** Sends what is due; resolves when every line is empty or waiting. Never rejects. */
  async flush(work = beginWork(this.deps.log, null)): Promise<void> {
    await Promise.all([...this.lines].map(([slug, line]) => this.flushLine(slug, line, work)));
  }

  /** When a failed line is to be tried again, or `null`. */
  nextDue(): number | null {
    const due = [...this.lines.values()].filter((line) => line.events.length > 0 && !line.busy);
    return due.length === 0 ? null : Math.min(...due.map((line) => line.due));
  }

  waiting(): number {
    return [...this.lines.values()].reduce((sum, line) => sum + line.events.length, 0);
  }

  private async flushLine(slug: string, line: Line, work: Work): Promise<void> {
    if (line.busy) return;
    line.busy = true;
    while (line.events.length > 0 && this.deps.now() >= line.due) {
      const batch = line.events.splice(0, MAX_BATCH);
      try {
        await this.deps.ingest(slug, batch, work);
        line.failures = 0;
      } catch (error) {
        line.events.unshift(...batch);
        line.failures += 1;
        line.due = this.deps.now() + backOffDelay(RETRY, line.failures, this.deps.random());
        work.log.warn("feed ingestion failed", { collection: slug, error: describeError(error) });
      }
    }
    line.busy = false;
  }
}
