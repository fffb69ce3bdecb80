import type { Clock } from "../../shared/platform/clock.ts";
import type { Log } from "../../shared/platform/log.ts";
import {
  logSkipped,
  type Normalised,
  SkippedEvent,
  type SkipReason,
} from "../../shared/providers/opensea/skip.ts";

const LOG_EVERY_MS = 60_000;
const MAX_KEPT = 1_000;

/** Counts what is skipped and logs it once a minute: a provider that sends junk must not flood the log too. */
export class SkipTally {
  private readonly now: Clock;
  private readonly skipped = new Map<string, Normalised["skipped"]>();
  private due: number | null = null;
  constructor(now: Clock) {
    this.now = now;
  }

  add(slug: string, reason: SkipReason, detail: string): void {
    const list = this.skipped.get(slug) ?? [];
    this.skipped.set(slug, list);
    if (list.length < MAX_KEPT) list.push({ index: list.length, reason, detail });
    this.due ??= this.now() + LOG_EVERY_MS;
  }

  /** Runs `work`; an event that it skips is counted. */
  attempt(slug: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SkippedEvent)) throw error;
      this.add(slug, error.reason, error.message);
    }
  }

  logDue(log: Log): void {
    if (this.due === null || this.now() < this.due) return;
    this.due = null;
    for (const [collection, list] of this.skipped) logSkipped(log, list, { provider: "opensea", collection });
    this.skipped.clear();
  }
}
