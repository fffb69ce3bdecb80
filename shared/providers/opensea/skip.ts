import type { MarketEventInput } from "../../contracts/market.ts";
import { cutText } from "../../domain/cut-text.ts";
import type { Log } from "../../platform/log.ts";

/** Why one thing that OpenSea sent does not become a market event. */
export type SkipReason =
  | "unreadable"
  | "unknown_type"
  | "other_collection"
  | "no_identity"
  | "no_transaction"
  | "time_missing"
  | "time_out_of_range"
  | "future_time"
  | "refused"
  | "private_listing"
  | "auction"
  | "starts_later"
  | "not_open"
  | "no_price";

/** These are sound events that simply have no place in the market's book; the others are faults. */
const ORDINARY: ReadonlySet<SkipReason> = new Set(["private_listing", "auction", "starts_later", "not_open"]);

export const isFault = (reason: SkipReason): boolean => !ORDINARY.has(reason);

/** Thrown by a normaliser for one event; the events around it go on. */
export class SkippedEvent extends Error {
  readonly reason: SkipReason;
  constructor(reason: SkipReason, detail: string) {
    super(detail);
    this.name = "SkippedEvent";
    this.reason = reason;
  }
}

export interface Normalised {
  events: MarketEventInput[];
  skipped: { index: number; reason: SkipReason; detail: string }[];
}

/** Normalises each item on its own: a bad one is set aside with its reason and never takes others with it. */
export function normaliseEach(
  items: readonly unknown[],
  normalise: (item: unknown) => MarketEventInput,
): Normalised {
  const result: Normalised = { events: [], skipped: [] };
  items.forEach((item, index) => {
    try {
      result.events.push(normalise(item));
    } catch (error) {
      if (!(error instanceof SkippedEvent)) throw error;
      result.skipped.push({ index, reason: error.reason, detail: error.message });
    }
  });
  return result;
}

/** One log line for each reason, with how often it struck and one example. */
export function logSkipped(log: Log, skipped: Normalised["skipped"], fields: Record<string, string>): void {
  const byReason = new Map<SkipReason, { count: number; example: string }>();
  for (const { reason, detail } of skipped) {
    const known = byReason.get(reason);
    if (known === undefined) byReason.set(reason, { count: 1, example: detail });
    else known.count += 1;
  }
  for (const [reason, { count, example }] of byReason)
    log[isFault(reason) ? "warn" : "debug"]("provider events skipped", {
      ...fields,
      reason,
      count,
      example: cutText(example, 200),
    });
}
