import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import type { MarketEventInput } from "../shared/contracts/market.ts";
import { roomFailed } from "../shared/market/room-fault.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError, describeError } from "../shared/platform/errors.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { roomObject } from "../shared/platform/room-object.ts";
import { beginWork, type Work } from "../shared/platform/work.ts";
import { ingestEvents } from "../shared/providers/ingest-events.ts";
import type { FeedRequest, FeedStatus, ProviderFeedRpc } from "../shared/providers/links.ts";
import type { Cursor } from "../shared/providers/provider.ts";
import { createOpenSea, createProvider } from "../shared/providers/registry.ts";
import { OpenSeaFeed } from "./feed/opensea-feed.ts";
import { Failures } from "./feed/phoenix-connection.ts";
import { PolledFeed } from "./feed/polled-feed.ts";
import { type OutgoingSocket, openSocket } from "./feed/socket.ts";
import { streamUrl } from "./feed/stream-url.ts";
import { KvCell } from "./storage/kv-cell.ts";
import { StoredJson } from "./storage/stored-json.ts";

/** Cron asks every minute; a provider that is turned off is asked for no more. */
const FORGOTTEN_AFTER_MS = 5 * 60_000;
const SHORTEST_PAUSE_MS = 20;

const Kept = z.object({ provider: z.string(), collections: z.array(z.string()), asked_at: z.number() });
type Kept = z.infer<typeof Kept>;
const LastRequest = new StoredJson(Kept);
const LastFailures = new StoredJson(Failures);
/** What a provider wants to be told again is its own to read. */
const LastCursor = new StoredJson<Cursor>(z.record(z.string(), z.unknown()));
type Feed = OpenSeaFeed | PolledFeed;

/**
 * Holds one provider's stream open and hands its events to the rooms. An outgoing socket does not hibernate:
 * when the object is evicted the socket is gone, the alarm brings it back, and REST fills what was missed.
 */
export class ProviderFeed extends DurableObject<Bindings> implements ProviderFeedRpc {
  private readonly config: Config;
  private readonly log: Log;
  private readonly request: KvCell<Kept>;
  private readonly failures: KvCell<Failures>;
  private feed: Feed | null = null;
  private socket: OutgoingSocket | null = null;
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.config = parseConfig(env);
    this.request = new KvCell(ctx.storage.kv, "request", LastRequest);
    this.failures = new KvCell(ctx.storage.kv, "failures", LastFailures);
    this.log = createLog(this.config.LOG_LEVEL, { object: "ProviderFeed", provider: ctx.id.name });
  }

  async ensure(request: FeedRequest): Promise<FeedStatus> {
    const kept: Kept = { ...request, asked_at: systemClock() };
    this.request.put(kept);
    const feed = this.start(kept);
    this.schedule();
    return { provider: request.provider, ...feed.status() };
  }

  async status(): Promise<FeedStatus | null> {
    const kept = this.request.get();
    if (kept === null) return null;
    const feed = this.start(kept);
    this.schedule();
    return { provider: kept.provider, ...feed.status() };
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const kept = this.request.get();
    if (kept === null) return;
    const run = beginWork(this.log, null);
    if (systemClock() - kept.asked_at > FORGOTTEN_AFTER_MS) {
      run.log.info("feed stops: nobody asks for it any more");
      this.feed?.stop();
      this.feed = null;
      this.request.delete();
      return;
    }
    // Not awaited: alarms do not overlap, and heartbeats must not wait for a slow room or a slow look-up.
    const work = this.start(kept).tick(run);
    this.schedule();
    this.ctx.waitUntil(
      work
        .catch((error) => run.log.error("feed tick failed", { error: describeError(error) }))
        .finally(() => this.schedule()),
    );
  }

  private start(kept: Kept): Feed {
    this.feed ??= kept.provider === "opensea" ? this.openSeaFeed() : this.polledFeed(kept.provider);
    this.feed.follow(kept.collections);
    return this.feed;
  }

  private openSeaFeed(): OpenSeaFeed {
    const { OPENSEA_API_KEY: key, OPENSEA_STREAM_URL: base } = this.config;
    if (key === undefined)
      throw new AppError("not_found", "opensea is not set up: OPENSEA_API_KEY is missing");
    const feed: OpenSeaFeed = new OpenSeaFeed({
      now: systemClock,
      random: Math.random,
      log: this.log,
      connect: () => {
        const { log } = beginWork(this.log, null);
        this.socket = openSocket(streamUrl(base, key), {
          opened: () => this.after(() => feed.connection.opened()),
          received: (text) => this.after(() => feed.connection.received(text, log)),
          closed: (reason) => this.after(() => feed.connection.closed(reason, log)),
        });
      },
      memory: {
        load: () => this.failures.get(),
        save: (failures) => this.failures.put(failures),
      },
      send: (text) => this.socket?.send(text),
      disconnect: (reason) => this.socket?.close(reason),
      ingest: (slug, events, work) => this.ingest(slug, events, work),
      backfill: (slugs, _reason, work) => this.askForPoll(slugs, work),
      lookUpOrder: (order, { log }) => createOpenSea(this.deps(log)).lookUpOrder(order),
    });
    return feed;
  }

  private polledFeed(name: string): PolledFeed {
    const cursorOf = (slug: string) => new KvCell(this.ctx.storage.kv, `cursor:${slug}`, LastCursor);
    return new PolledFeed({
      provider: createProvider(name, this.deps(this.log)),
      now: systemClock,
      log: this.log,
      ingest: (slug, events, work) => this.ingest(slug, events, work),
      cursors: {
        load: (slug) => cursorOf(slug).get(),
        save: (slug, cursor) => cursorOf(slug).put(cursor),
      },
    });
  }

  private deps(log: Log) {
    return {
      config: this.config,
      fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init),
      now: systemClock,
      log,
      providers: { gate: (provider: string) => this.env.PROVIDER_GATE.getByName(provider) },
    };
  }

  private async ingest(slug: string, events: MarketEventInput[], work: Work): Promise<void> {
    try {
      await ingestEvents(this.env.COLLECTION_ROOM.getByName(slug), slug, events, work);
    } catch (cause) {
      const rooms = {
        collectionObject: (name: string) => roomObject(this.env, name),
        board: this.env.STATUS_BOARD.getByName("board"),
      };
      await roomFailed({ log: work.log, rooms }, slug, cause);
      throw cause;
    }
  }

  /** A poll job now instead of at the next tick; the poll's own cursor says from where. */
  private async askForPoll(collections: string[], work: Work): Promise<void> {
    const MAX_GROUP = 10;
    for (let start = 0; start < collections.length; start += MAX_GROUP)
      await this.env.JOBS.send({
        job: {
          type: "poll_provider",
          provider: "opensea",
          collections: collections.slice(start, start + MAX_GROUP),
        },
        traceparent: work.traceparent,
      });
  }

  private after(work: () => void): void {
    work();
    this.schedule();
  }

  /** Sets the alarm to what is due next, and at the latest to when the request would be forgotten. */
  private schedule(): void {
    if (this.feed === null) return;
    const now = systemClock();
    const next = Math.max(now + SHORTEST_PAUSE_MS, Math.min(this.feed.nextDue(), now + FORGOTTEN_AFTER_MS));
    if (next >= this.alarmAt) return;
    this.alarmAt = next;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(next));
  }
}
