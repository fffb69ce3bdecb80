import type { MarketEventInput } from "../../shared/contracts/market.ts";
import { cutText } from "../../shared/domain/cut-text.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { beginWork, type Work } from "../../shared/platform/work.ts";
import type { FeedStatus } from "../../shared/providers/links.ts";
import {
  collectionOf,
  normaliseStreamMessage,
  type Revalidation,
  readRevalidation,
} from "../../shared/providers/opensea/stream-event.ts";
import { Errands } from "./errands.ts";
import { EventQueue } from "./event-queue.ts";
import type { PhoenixFrame, PhoenixVersion } from "./phoenix.ts";
import { type ConnectionDeps, PhoenixConnection } from "./phoenix-connection.ts";
import { SkipTally } from "./skip-tally.ts";

export interface OpenSeaFeedDeps extends Omit<ConnectionDeps, "onJoined" | "onMessage" | "onJunk"> {
  ingest(slug: string, events: MarketEventInput[], work: Work): Promise<void>;
  /** Has REST read these collections now: its own cursor knows from where. */
  backfill(slugs: string[], reason: string, work: Work): Promise<void>;
  /** The listing behind an order that became good again; `null` where it is not open. */
  lookUpOrder(order: Revalidation, work: Work): Promise<MarketEventInput | null>;
}

const BACKFILL_PAUSE_MS = 500;
const TOPIC = "collection:";

/**
 * OpenSea's Stream: one topic a collection, since `collection:*` was seen to lose far more. It is best effort
 * by contract: lost messages are not sent again, old ones come out of order and twice. So every event goes to
 * its room by its key, and after each join REST is asked to read what may be missing.
 */
export class OpenSeaFeed {
  readonly connection: PhoenixConnection;
  private readonly deps: OpenSeaFeedDeps;
  private readonly queue: EventQueue;
  private readonly errands: Errands;
  private readonly tally: SkipTally;
  private wanted = new Set<string>();
  /** Since when a topic that is wanted has not been arriving; `null`: all do. */
  private missingSince: number | null = null;
  private lastEventAt: number | null = null;
  private gaps = new Map<string, string>();
  private gapsDue = Number.POSITIVE_INFINITY;

  constructor(deps: OpenSeaFeedDeps, version: PhoenixVersion = 2) {
    this.deps = deps;
    const { now, random, log } = deps;
    this.errands = new Errands({ now, random, log });
    this.tally = new SkipTally(now);
    this.queue = new EventQueue({
      now,
      random,
      log,
      ingest: deps.ingest,
      onDropped: (slug) => this.noteGap(slug, "events were let go"),
    });
    this.connection = new PhoenixConnection(
      {
        ...deps,
        onJoined: (topic) => this.noteGap(topic.slice(TOPIC.length), "joined"),
        onMessage: (frame) => this.takeMessage(frame),
        onJunk: (text) => this.tally.add("-", "unreadable", cutText(text, 100)),
      },
      version,
    );
  }

  /** Says which collections to follow; topics are joined and left as needed. */
  follow(slugs: readonly string[]): void {
    const before = this.wanted;
    this.wanted = new Set(slugs);
    if (slugs.some((slug) => !before.has(slug))) this.missingSince ??= this.deps.now();
    this.connection.follow(slugs.map((slug) => TOPIC + slug));
  }

  stop(): void {
    this.follow([]);
  }

  /** Does everything that is due; resolves when what it began has ended. */
  async tick(work = beginWork(this.deps.log, null)): Promise<void> {
    this.connection.tick(work.log);
    if (this.deps.now() >= this.gapsDue) this.askForBackfill(work);
    this.tally.logDue(work.log);
    await Promise.all([this.queue.flush(work), this.errands.run(work)]);
  }

  /** When `tick` is to be called again, at the latest. */
  nextDue(): number {
    const queued = this.queue.nextDue() ?? Number.POSITIVE_INFINITY;
    return Math.min(this.connection.nextDue(), this.gapsDue, this.errands.nextDue(), queued);
  }

  status(): Omit<FeedStatus, "provider"> {
    const missing = this.connection.missingTopics().map((topic) => topic.slice(TOPIC.length));
    if (missing.length === 0) this.missingSince = null;
    else this.missingSince ??= this.deps.now();
    return {
      ...(this.missingSince !== null && { not_joined: missing, missing_since: isoTime(this.missingSince) }),
      state: this.connection.stateName,
      joined: this.connection.joinedTopics().map((topic) => topic.slice(TOPIC.length)),
      last_event_at: this.lastEventAt === null ? null : isoTime(this.lastEventAt),
      last_error: this.connection.lastError,
    };
  }

  private takeMessage(frame: PhoenixFrame): void {
    const now = this.deps.now();
    const named = frame.topic.startsWith(TOPIC) ? frame.topic.slice(TOPIC.length) : null;
    const slug = named === "*" ? collectionOf(frame.payload) : named;
    if (slug === null || !this.wanted.has(slug)) {
      this.tally.add(slug ?? "-", "other_collection", `${frame.topic} is not followed`);
      return;
    }
    this.tally.attempt(slug, () => {
      if (frame.event === "order_revalidate") {
        this.lookUp(readRevalidation(frame.payload, slug, now));
        return;
      }
      const event = normaliseStreamMessage(frame.payload, slug, now);
      this.lastEventAt = now;
      this.queue.add(slug, [event]);
      void this.queue.flush();
    });
  }

  private lookUp(order: Revalidation): void {
    this.errands.add(`look up ${order.event_key}`, async (work) => {
      const listing = await this.deps.lookUpOrder(order, work);
      if (listing !== null) this.queue.add(order.collection, [listing]);
    });
  }

  /** Gaps of one moment (all topics of a new connection) become one request. */
  private noteGap(slug: string, reason: string): void {
    this.gaps.set(slug, reason);
    this.gapsDue = Math.min(this.gapsDue, this.deps.now() + BACKFILL_PAUSE_MS);
  }

  private askForBackfill({ log }: Work): void {
    const slugs = [...this.gaps.keys()].sort();
    const reason = [...new Set(this.gaps.values())].join(", ");
    this.gaps = new Map();
    this.gapsDue = Number.POSITIVE_INFINITY;
    log.info("feed asks for a back-fill", { collections: slugs.length, reason });
    this.errands.add(`back-fill ${slugs.join(",")}`, (work) => this.deps.backfill(slugs, reason, work));
  }
}
