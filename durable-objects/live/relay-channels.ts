import { Slug } from "../../shared/contracts/primitives.ts";
import type { CollectionRoomRpc, RelayFrame } from "../../shared/contracts/room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { RELAY_LIFETIME_MS } from "../room/relay-list.ts";
import { Channel, type ChannelSource, type Subscription } from "./channel.ts";
import type { Debts } from "./debts.ts";
import { marketStream } from "./market-stream.ts";
import type { Peer } from "./peer.ts";
import { RelayChannel } from "./relay-channel.ts";
import type { RelayPositions } from "./relay-positions.ts";

/** Whoever comes later than this after the last attaching attaches again, well before the room forgets the relay. */
const ATTACHED_MS = RELAY_LIFETIME_MS / 2;
/** Rooms that are asked at once. */
const AT_ONCE = 50;

type RelayRoom = Pick<CollectionRoomRpc, "attachRelay" | "detachRelay" | "page" | "snapshot">;

interface RelayDeps {
  /** The relay's name. */
  name: string;
  now: Clock;
  positions: RelayPositions;
  debts: Debts;
  room(collection: string): RelayRoom;
  /** Whether there is such a collection; asked before its room is touched. */
  exists(collection: string): Promise<boolean>;
  persist(peer: Peer, collection: string, subscription: Subscription | null): void;
  pause(ms: number): Promise<void>;
  /** A subscriber could not be served. */
  failed(error: unknown, peer: Peer): void;
  /** A room did not answer; it is asked again. */
  away(collection: string, error: unknown): void;
}

interface Entry {
  relayed: RelayChannel;
  /** When the room was last asked to send its frames here; nothing after an eviction. */
  attachedAt: number;
  /** Nobody watched at the last renewal. */
  idle: boolean;
}

/** The collections that a relay's sockets watch, and whether their rooms know of it. */
export class RelayChannels {
  private readonly deps: RelayDeps;
  private readonly entries = new Map<string, Entry>();
  private readonly attaching = new Map<string, Promise<Entry>>();
  private readonly detaching = new Map<string, Promise<void>>();

  constructor(deps: RelayDeps) {
    this.deps = deps;
    for (const { collection, epoch, seq } of deps.positions.all())
      this.entries.set(collection, this.entry(collection, { epoch, head: seq }));
  }

  get size(): number {
    return this.entries.size;
  }

  find(collection: string): Channel | undefined {
    return this.entries.get(collection)?.relayed.channel;
  }

  *all(): Iterable<Channel> {
    for (const { relayed } of this.entries.values()) yield relayed.channel;
  }

  /** The channel of a collection, whose room sends its frames here from now on. */
  async open(peer: Peer, collection: string): Promise<Channel> {
    const known = this.entries.get(collection);
    if (known !== undefined && this.deps.now() - known.attachedAt < ATTACHED_MS) return known.relayed.channel;
    if (known === undefined) await this.mustExist(peer, Slug.parse(collection));
    return (await this.attach(collection, peer.traceparent)).relayed.channel;
  }

  /** Takes a frame from a room. */
  async deliver(frame: RelayFrame): Promise<void> {
    const { collection } = frame;
    const entry = this.entries.get(collection);
    if (entry) await entry.relayed.deliver(frame);
    // A room may answer with a frame before it answers the attaching; the hole is read when the channel is open.
    else if (!this.attaching.has(collection)) await this.detach(collection);
  }

  /** Renews the rooms' knowledge of this relay, finds frames that were missed, and drops what nobody watches. */
  async renew(traceparent: string): Promise<void> {
    const collections = [...this.entries.keys()];
    for (let first = 0; first < collections.length; first += AT_ONCE)
      await Promise.all(
        collections
          .slice(first, first + AT_ONCE)
          .map((collection) =>
            this.renewOne(collection, traceparent).catch((error: unknown) =>
              this.deps.away(collection, error),
            ),
          ),
      );
  }

  private async renewOne(collection: string, traceparent: string): Promise<void> {
    const entry = this.entries.get(collection);
    if (entry === undefined) return;
    if (entry.relayed.channel.subscriptions.size > 0) {
      entry.idle = false;
      await this.attach(collection, traceparent);
      return;
    }
    // A subscription may be under way; only a channel that nobody wanted for a whole turn goes.
    if (!entry.idle || this.attaching.has(collection)) {
      entry.idle = true;
      return;
    }
    this.entries.delete(collection);
    this.deps.positions.forget(collection);
    await this.detach(collection);
  }

  private async mustExist(peer: Peer, slug: string): Promise<void> {
    if (!peer.mayLook)
      throw new AppError(
        "rate_limited",
        "Too many collections that do not exist were asked for. Try again in 10 s.",
      );
    if (!(await this.deps.exists(slug))) throw new AppError("not_found", `There is no collection "${slug}".`);
  }

  /** Whoever asks at the same time waits for the same answer. */
  private attach(collection: string, traceparent: string | null): Promise<Entry> {
    const running = this.attaching.get(collection);
    if (running) return running;
    const attaching = this.askToAttach(collection, traceparent).finally(() =>
      this.attaching.delete(collection),
    );
    this.attaching.set(collection, attaching);
    return attaching;
  }

  private async askToAttach(collection: string, traceparent: string | null): Promise<Entry> {
    // Otherwise the room might hear of the detaching last.
    await this.detaching.get(collection);
    const asked = this.deps.now();
    const position = await this.deps.room(collection).attachRelay(this.deps.name, traceparent ?? undefined);
    const entry = this.entries.get(collection) ?? this.entry(collection, position);
    this.entries.set(collection, entry);
    this.deps.positions.remember(
      collection,
      entry.relayed.channel.sent.epoch,
      entry.relayed.channel.sent.seq,
    );
    await entry.relayed.level(position);
    entry.attachedAt = asked;
    entry.idle = false;
    return entry;
  }

  private detach(collection: string): Promise<void> {
    const running = this.detaching.get(collection);
    if (running) return running;
    const detaching = this.deps
      .room(collection)
      .detachRelay(this.deps.name)
      // The room forgets a relay that asks no more by itself.
      .catch((error: unknown) => this.deps.away(collection, error))
      .finally(() => this.detaching.delete(collection));
    this.detaching.set(collection, detaching);
    return detaching;
  }

  private entry(collection: string, at: { epoch: string; head: number }): Entry {
    const room = this.deps.room(collection);
    const source: ChannelSource = {
      position: (traceparent) => room.attachRelay(this.deps.name, traceparent ?? undefined),
      page: (after, limit) => room.page(after, limit),
      snapshot: async (traceparent) => {
        const snapshot = await room.snapshot(traceparent ?? undefined);
        if (snapshot === null) throw new AppError("unavailable", "The room has no snapshot yet.");
        return snapshot;
      },
    };
    const channel = new Channel(
      marketStream(collection),
      { epoch: at.epoch, sent: at.head },
      {
        source,
        debts: this.deps.debts,
        persist: (peer, subscription) => this.deps.persist(peer, collection, subscription),
        pause: (ms) => this.deps.pause(ms),
        failed: (error, peer) => this.deps.failed(error, peer),
      },
    );
    const relayed = new RelayChannel({
      channel,
      source,
      remember: ({ epoch, seq }) => this.deps.positions.remember(collection, epoch, seq),
    });
    return { relayed, attachedAt: Number.NEGATIVE_INFINITY, idle: false };
  }
}
