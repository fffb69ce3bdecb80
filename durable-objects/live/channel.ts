import { CloseCode, MAX_FRAME_EVENTS, type Position } from "../../shared/contracts/live.ts";
import type { LogPage, ResumeFailure } from "../../shared/contracts/room.ts";
import type { Debts } from "./debts.ts";
import type { Filter } from "./filter.ts";
import { type EventRange, eventsFrame, frame, type StreamLabel } from "./frames.ts";
import type { Peer } from "./peer.ts";

/** Where the events of one stream come from: the room's own log, or the room seen from a relay. */
export interface ChannelSource {
  position(traceparent?: string | null): Promise<RoomPosition> | RoomPosition;
  page(after: number, limit: number): Promise<LogPage> | LogPage;
  /** The text of a `snapshot` frame without events of `hidden` kinds, and the position that it shows. */
  snapshot(traceparent?: string | null, hidden?: readonly string[]): Promise<Snapshot> | Snapshot;
}

export interface RoomPosition {
  epoch: string;
  head: number;
  oldest: number;
}

export interface Snapshot {
  text: string;
  epoch: string;
  seq: number;
}

export interface Subscription {
  filter: Filter | null;
  /** The last number that this subscriber was sent; `null` once it is level with the channel. */
  cursor: number | null;
}

/** What a channel carries: a collection's events, or a user's. */
export interface Stream {
  /** Which of its kind, as it is kept with a socket and acknowledged. */
  name: string;
  /** How its frames are marked. */
  label: StreamLabel;
  /** The address by which what the log no longer holds is read by REST. */
  readFrom(reason: ResumeFailure, from: Position): string;
}

interface ChannelDeps {
  source: ChannelSource;
  /** Called whenever a subscription changes in a way that must survive the object. `null`: it ended. */
  persist(peer: Peer, subscription: Subscription | null): void;
  /** Lets other work in between the pages of a long catch-up, for so many milliseconds. */
  pause(ms: number): Promise<void>;
  /** What everybody owes who watches at this object. */
  debts: Pick<Debts, "full" | "allowance">;
  /** Something could not be read; its subscriber is sent away. */
  failed(error: unknown, peer: Peer): void;
}

/**
 * How long a catch-up waits for a peer that has not answered a mark yet: long enough for one that answers, and whoever
 * never does is sent no more than its connection may be sent anyhow.
 */
const PATIENCE_MS = 1000;

/** Frames of recent ranges, since many clients that come back at once lack the same events. */
const CACHED_FRAMES = 32;

/** Why a log cannot be resumed from a position, or `null` where it can. */
export function resumeFailure(room: RoomPosition, from: Position): ResumeFailure | null {
  if (from.epoch !== room.epoch) return "epoch_changed";
  if (from.seq > room.head) return "ahead_of_room";
  return from.seq < room.oldest - 1 ? "log_pruned" : null;
}

/**
 * Everyone who watches one stream here. Each subscriber is sent every number after where it began, once
 * and in order: it is either level with `sent`, or catching up from its own cursor by pages of the log.
 */
export class Channel {
  readonly stream: Stream;
  readonly subscriptions = new Map<Peer, Subscription>();
  private epoch: string;
  private sentSeq: number;
  private readonly deps: ChannelDeps;
  /** `true`: something happened meanwhile that it may have missed. */
  private readonly catchingUp = new Map<Subscription, boolean>();
  private readonly cache = new Map<string, string>();

  constructor(stream: Stream, at: { epoch: string; sent: number }, deps: ChannelDeps) {
    this.stream = stream;
    this.epoch = at.epoch;
    this.sentSeq = at.sent;
    this.deps = deps;
  }

  /** The position that level subscribers have. */
  get sent(): { epoch: string; seq: number } {
    return { epoch: this.epoch, seq: this.sentSeq };
  }

  /** Puts back a subscription that outlived the object's memory. */
  restore(peer: Peer, subscription: Subscription): void {
    this.subscriptions.set(peer, subscription);
    if (subscription.cursor !== null) this.startCatchUp(peer, subscription);
  }

  /** Begins, or begins anew, a peer's subscription: from its position where that can be had, else by snapshot. */
  async subscribe(peer: Peer, filter: Filter | null, from: Position | undefined): Promise<void> {
    // First what may be refused, since a socket can hold only so many: then nothing has changed yet.
    this.deps.persist(peer, { filter, cursor: from?.seq ?? 0 });
    this.subscriptions.delete(peer);
    try {
      await this.begin(peer, filter, from);
    } catch (error) {
      // Nothing may go on later from a position that was never reached.
      this.deps.persist(peer, null);
      throw error;
    }
  }

  private async begin(peer: Peer, filter: Filter | null, from: Position | undefined): Promise<void> {
    let start = from?.seq;
    if (from !== undefined) {
      const room = await this.deps.source.position(peer.traceparent);
      if (room.epoch !== this.epoch) await this.restart(room);
      const failure = resumeFailure(room, from);
      if (failure === null) {
        const { epoch, head } = room;
        peer.send(frame({ op: "resumed", ...this.stream.label, epoch, seq: from.seq, head }));
      } else {
        this.sendReset(peer, room, failure, from);
        start = undefined;
      }
    }
    start ??= await this.sendSnapshot(peer);
    const subscription: Subscription = { filter, cursor: start };
    this.deps.persist(peer, subscription);
    this.subscriptions.set(peer, subscription);
    this.startCatchUp(peer, subscription);
  }

  unsubscribe(peer: Peer): boolean {
    const known = this.subscriptions.delete(peer);
    if (known) this.deps.persist(peer, null);
    return known;
  }

  /** Sends the next range to everyone who is level; it must begin right after `sent`. */
  broadcast(range: EventRange): void {
    if (range.first !== this.sentSeq + 1 || range.epoch !== this.epoch)
      throw new Error(`${this.stream.name}: ${range.epoch}/${range.first} does not follow ${this.sentSeq}`);
    this.sentSeq = range.last;
    const texts = new Map<string | undefined, string>();
    for (const [peer, subscription] of this.subscriptions) {
      if (subscription.cursor !== null) {
        this.startCatchUp(peer, subscription);
        continue;
      }
      const key = subscription.filter?.key;
      let text = texts.get(key);
      if (text === undefined) {
        text = eventsFrame(this.stream.label, range, subscription.filter);
        texts.set(key, text);
      }
      if (!peer.send(text)) this.unsubscribe(peer);
    }
  }

  /** Tells everyone whose filter lets `body` pass something that has no number. */
  announce(text: string, body: string): void {
    for (const [peer, { filter }] of this.subscriptions)
      if (filter === null || filter.passes(body)) peer.send(text);
  }

  /** The room numbers anew: nobody's position means anything any more, so everyone is reset. */
  async restart(at: { epoch: string; head: number }): Promise<void> {
    this.epoch = at.epoch;
    this.sentSeq = at.head;
    this.cache.clear();
    for (const [peer, subscription] of [...this.subscriptions])
      await this.subscribe(peer, subscription.filter, { epoch: "", seq: 0 }).catch((error: unknown) =>
        this.giveUp(peer, error),
      );
  }

  /** A peer that cannot be served without a hole is sent away: it comes back and resumes. */
  private giveUp(peer: Peer, error: unknown): void {
    this.deps.failed(error, peer);
    peer.close(CloseCode.restart, "could not read on: come back and resume");
  }

  /** The peer has read something: a catch-up that waited for that goes on. */
  goOn(peer: Peer): void {
    const subscription = this.subscriptions.get(peer);
    if (subscription !== undefined && subscription.cursor !== null) this.startCatchUp(peer, subscription);
  }

  private startCatchUp(peer: Peer, subscription: Subscription): void {
    if (this.catchingUp.has(subscription)) {
      this.catchingUp.set(subscription, true);
      return;
    }
    this.catchingUp.set(subscription, false);
    this.catchUp(peer, subscription)
      .catch((error: unknown) => this.giveUp(peer, error))
      .finally(() => {
        const again = this.catchingUp.get(subscription);
        this.catchingUp.delete(subscription);
        if (again) this.goOn(peer);
      });
  }

  /**
   * Pages from the cursor to where the channel is. Ends level, or waiting: for the next broadcast where the cursor is
   * ahead of what this channel was told so far, or for the peer to read what it was sent.
   */
  private async catchUp(peer: Peer, subscription: Subscription): Promise<void> {
    const isCurrent = () => this.subscriptions.get(peer) === subscription && peer.open;
    let allowed = this.windowOf(peer);
    while (isCurrent() && subscription.cursor !== null && subscription.cursor < this.sentSeq) {
      if (peer.answers && peer.owed >= this.windowOf(peer)) return peer.askToAnswer();
      if (peer.owed >= allowed) {
        await this.deps.pause(PATIENCE_MS);
        allowed = peer.owed + this.windowOf(peer);
        continue;
      }
      const after = subscription.cursor;
      const text = await this.pageFrame(after, subscription.filter);
      if (!isCurrent()) return;
      if (text === null) return this.fallBack(peer, subscription, after);
      subscription.cursor = text.last;
      if (!peer.send(text.frame)) return void this.unsubscribe(peer);
      this.deps.persist(peer, subscription);
      if (subscription.cursor < this.sentSeq) await this.deps.pause(0);
    }
    if (!isCurrent() || subscription.cursor !== this.sentSeq) return;
    subscription.cursor = null;
    this.deps.persist(peer, subscription);
  }

  /** How much a peer may owe before it is sent the next page; less where all together owe much. */
  private windowOf(peer: Peer): number {
    const { full, allowance } = this.deps.debts;
    return full ? allowance : peer.catchUpWindow;
  }

  /** The frame of the page after a number, or `null` where the log no longer has it. */
  private async pageFrame(after: number, filter: Filter | null) {
    const limit = Math.min(MAX_FRAME_EVENTS, this.sentSeq - after);
    const key = `${after}:${limit}:${filter?.key ?? ""}`;
    const cached = this.cache.get(key);
    if (cached !== undefined) return { frame: cached, last: after + limit };
    const page = await this.deps.source.page(after, limit);
    if (page.epoch !== this.epoch || page.first !== after + 1 || page.events.length === 0) return null;
    const last = after + page.events.length;
    const range = { epoch: this.epoch, first: after + 1, last, bodies: page.events };
    const text = eventsFrame(this.stream.label, range, filter);
    if (page.events.length === limit) this.remember(key, text);
    return { frame: text, last };
  }

  private remember(key: string, text: string): void {
    this.cache.set(key, text);
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= CACHED_FRAMES) break;
      this.cache.delete(oldest);
    }
  }

  /** The log was pruned, or began anew, under a subscriber that was catching up. */
  private async fallBack(peer: Peer, subscription: Subscription, after: number): Promise<void> {
    await this.subscribe(peer, subscription.filter, { epoch: this.epoch, seq: after });
  }

  private sendReset(peer: Peer, room: RoomPosition, reason: ResumeFailure, from: Position): void {
    const read_from = this.stream.readFrom(reason, from);
    peer.send(frame({ op: "reset", ...this.stream.label, epoch: room.epoch, reason, read_from }));
  }

  private async sendSnapshot(peer: Peer): Promise<number> {
    const snapshot = await this.deps.source.snapshot(peer.traceparent, peer.hidden);
    if (snapshot.epoch !== this.epoch) await this.restart({ epoch: snapshot.epoch, head: snapshot.seq });
    peer.send(snapshot.text);
    return snapshot.seq;
  }
}
