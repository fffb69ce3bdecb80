import { DurableObject } from "cloudflare:workers";
import { collectionEngine, wakeEngines } from "../shared/alerts/wake-alerts.ts";
import { ClientFrame, CloseCode } from "../shared/contracts/live.ts";
import type { MarketEventInput } from "../shared/contracts/market.ts";
import type {
  CollectionRoomRpc,
  FlushReport,
  IngestResult,
  LogPage,
  RelayFrame,
  RoomStatus,
} from "../shared/contracts/room.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { storeEvents } from "../shared/market/store-events.ts";
import { isoTime, systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import { withDeadline } from "../shared/platform/deadline.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError, describeError } from "../shared/platform/errors.ts";
import { newId } from "../shared/platform/ids.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { beginWork, type Work } from "../shared/platform/work.ts";
import { queueDeliveries } from "../shared/webhooks/queue-deliveries.ts";
import { alarmTime } from "./alarm-time.ts";
import { Channel, type RoomPosition } from "./live/channel.ts";
import { Coalescer } from "./live/coalescer.ts";
import { readMarketFilter } from "./live/filter.ts";
import { HEARTBEAT_MS, Hub } from "./live/hub.ts";
import { marketStream } from "./live/market-stream.ts";
import type { Peer } from "./live/peer.ts";
import { Session } from "./live/session.ts";
import { StatusReporter } from "./live/status-reporter.ts";
import { answerClose, autoResponse, upgrade, watcherTags } from "./live/upgrade.ts";
import { objectSql } from "./object-sql.ts";
import { emitPending } from "./room/emit.ts";
import { EventLog } from "./room/event-log.ts";
import { Flusher } from "./room/flusher.ts";
import { RelayList } from "./room/relay-list.ts";
import { Room } from "./room/room.ts";
import { roomSource } from "./room/source.ts";
import type { Sql } from "./room/sql.ts";
import { ROOM_STORAGE } from "./room/storage.ts";

/** For how long the status speaks of a restore that did not fit. */
const MIB = 1024 * 1024;
const NOTICE_MS = 86_400_000;
const ANNOUNCE_MS = 2000;

interface Open {
  room: Room;
  channel: Channel;
  relays: RelayList;
  flusher: Flusher;
}

/** A frame on its way to a relay, and the work that it comes from. */
interface Delivery {
  range: RelayFrame;
  work: Work;
}

/** One collection's room: wires the log, the sockets, the relays and Postgres together. */
export class CollectionRoom extends DurableObject<Bindings> implements CollectionRoomRpc {
  private readonly config: Config;
  private readonly log: Log;
  private readonly sql: Sql;
  private readonly hub: Hub<WebSocket>;
  private readonly session: Session;
  private readonly coalescer: Coalescer;
  private readonly status: StatusReporter;
  private open: Open | null;
  /** Relays that a frame is on its way to, with the newest that waits behind it. */
  private readonly delivering = new Map<string, Delivery | null>();
  /** The newest work whose events wait to be sent: a frame of many batches is logged under the last of them. */
  private unsent: Work | null = null;
  private alarmAt = Number.POSITIVE_INFINITY;
  private sweepAt = 0;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.config = parseConfig(env);
    this.log = createLog(this.config.LOG_LEVEL, { object: "CollectionRoom", room: ctx.id.name });
    this.sql = objectSql(ctx.storage);
    const now = systemClock;
    this.hub = new Hub({
      now,
      filter: readMarketFilter,
      sockets: () => ctx.getWebSockets(),
      pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
    });
    this.coalescer = new Coalescer({
      now,
      schedule: (work, ms) => setTimeout(work, ms),
      receivers: () => this.hub.size + (this.open?.relays.size ?? 0),
      emit: () => this.emit(null),
    });
    this.session = new Session({
      frames: ClientFrame,
      filter: readMarketFilter,
      open: async (peer, collection) => this.level(peer, collection),
      find: () => this.open?.channel,
      channelsOf: () => (this.open === null ? [] : [this.open.channel]),
      failed: (error, peer) =>
        this.work(peer.traceparent).log.error("a live frame failed", { error: describeError(error) }),
    });
    this.status = new StatusReporter(
      () => this.report(),
      (status) => env.STATUS_BOARD.getByName("board").report(status),
      this.log,
    );
    ctx.setWebSocketAutoResponse(autoResponse());
    const known = EventLog.open(this.sql, ROOM_STORAGE);
    this.open = known === null ? null : this.openRoom(known, ctx.id.name ?? "");
    this.hub.restore((peer, _collection, subscription) => this.open?.channel.restore(peer, subscription));
    // What was written and not yet sent or flushed when the object went away.
    if (this.open !== null) {
      this.coalescer.kick();
      this.schedule();
    }
  }

  async ingest(slug: string, events: MarketEventInput[], traceparent?: string): Promise<IngestResult> {
    const work = this.work(traceparent);
    const isNew = this.open === null;
    const open = this.openFor(slug);
    const result = await this.take(open.room, events, work.log);
    if (isNew) await this.announce(work.log);
    this.unsent = work;
    this.coalescer.kick();
    open.flusher.wake();
    this.schedule();
    return result;
  }

  async position(): Promise<RoomPosition | null> {
    return this.open === null ? null : roomSource(this.open.room, systemClock).position();
  }

  async page(after: number, limit: number): Promise<LogPage> {
    return roomSource(this.required().room, systemClock).page(after, limit);
  }

  async snapshot(traceparent?: string): Promise<{ text: string; epoch: string; seq: number } | null> {
    if (this.open === null) return null;
    this.emit(traceparent);
    return roomSource(this.open.room, systemClock).snapshot();
  }

  async attachRelay(relay: string, traceparent?: string): Promise<RoomPosition> {
    const open = this.openFor(this.ctx.id.name ?? "");
    this.emit(traceparent);
    open.relays.attach(relay, systemClock());
    this.schedule();
    return roomSource(open.room, systemClock).position();
  }

  async detachRelay(relay: string): Promise<void> {
    this.open?.relays.detach(relay);
  }

  /** Takes a WebSocket upgrade; the worker has checked that the collection exists and may be watched. */
  override async fetch(request: Request): Promise<Response> {
    this.openFor(this.ctx.id.name ?? "");
    const { response, socket } = upgrade(request);
    this.ctx.acceptWebSocket(socket, watcherTags(request));
    const work = this.work(request.headers.get("traceparent"));
    const peer = this.hub.join(socket, newId("con", systemClock()), work.traceparent);
    work.log.debug("a socket was opened", { connection: peer.id });
    this.status.soon();
    this.schedule();
    return response;
  }

  async flushSoon(): Promise<void> {
    this.open?.flusher.hurry();
    this.schedule();
  }

  async flushAgain(traceparent?: string): Promise<FlushReport | null> {
    const { open } = this;
    if (open === null) return null;
    const retried = await open.flusher.flushAgain(this.work(traceparent).log);
    this.schedule();
    this.status.later();
    const { log, setAside } = open.room;
    return {
      collection: open.channel.stream.name,
      epoch: log.epoch,
      head: log.head,
      flushed: log.mark("flushed"),
      stored: retried?.stored ?? 0,
      set_aside: setAside.count(),
      problem: open.flusher.lastError,
      notice: this.notice(),
    };
  }

  async closeSockets(tag: string, reason: string): Promise<void> {
    for (const socket of this.ctx.getWebSockets(tag)) {
      const peer = this.hub.dismiss(socket, CloseCode.session_ended, reason);
      if (peer) this.open?.channel.unsubscribe(peer);
    }
    this.status.soon();
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const peer = this.hub.find(socket);
    if (peer === undefined) return;
    await this.session.receive(peer, message);
    this.hub.heard(peer);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    answerClose(socket, code);
    this.forget(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.forget(socket);
  }

  /** Everything that time makes due: flushing, expiring, sweeping, pruning. Running it twice does no harm. */
  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const { open } = this;
    if (open === null) return;
    const now = systemClock();
    const work = this.work(null);
    const before = open.room.log.head;
    open.room.expire();
    if (open.room.log.head > before) this.unsent = work;
    this.coalescer.kick();
    if (now >= this.sweepAt) {
      this.hub.sweep();
      open.relays.expire(now);
      this.sweepAt = now + HEARTBEAT_MS;
    }
    open.room.prune();
    await open.flusher.run(work.log);
    this.status.later();
    this.schedule();
  }

  /** The channel, with nothing waiting: a snapshot or a resume then meets the newest number. */
  private level(peer: Peer, collection: string | undefined): Channel {
    const { channel } = this.required();
    if (collection !== undefined && collection !== channel.stream.name)
      throw new AppError(
        "invalid_request",
        `This address is "${channel.stream.name}" only; use /api/v1/live.`,
        {
          details: [{ pointer: "/collection", message: `must be "${channel.stream.name}", or left out` }],
        },
      );
    this.emit(peer.traceparent);
    return channel;
  }

  /** Work for the caller of `traceparent`; an alarm's, which nobody asked for, has a trace of its own. */
  private work(traceparent: string | null | undefined): Work {
    return beginWork(this.log, traceparent);
  }

  /** Until Postgres knows the collection, the board is where those who want to watch it find it. */
  private async announce(log: Log): Promise<void> {
    try {
      await withDeadline(ANNOUNCE_MS, () => this.env.STATUS_BOARD.getByName("board").report(this.report()));
    } catch (error) {
      log.warn("the status board was not told of a new room", { error: describeError(error) });
      this.status.later();
    }
  }

  private async take(room: Room, events: MarketEventInput[], log: Log): Promise<IngestResult> {
    try {
      const result = await room.ingest(events);
      const { accepted, duplicate, rejected, head } = result;
      log.debug("a batch was taken", {
        accepted: accepted.length,
        duplicate: duplicate.length,
        rejected: rejected.length,
        head,
      });
      return result;
    } catch (error) {
      // What waits makes room when it is flushed.
      if (room.isFull) this.open?.flusher.hurry();
      log.error("a batch was not taken", { events: events.length, error: describeError(error) });
      throw error;
    }
  }

  /**
   * Sends what waits, to the sockets here and to the relays. Logged under the batch that it holds, and where
   * that is not known any more, under whoever had it sent.
   */
  private emit(traceparent: string | null | undefined): void {
    if (this.open === null) return;
    const { room, channel, relays } = this.open;
    const { unsent } = this;
    this.unsent = null;
    emitPending(room.log, channel, (sent) => {
      const work = unsent ?? this.work(traceparent);
      const range = { collection: channel.stream.name, ...sent };
      for (const relay of relays.names()) this.ctx.waitUntil(this.deliver(relay, { range, work }));
    });
  }

  /** One frame at a time: a relay that is behind is handed only the newest, and reads the hole from the log. */
  private async deliver(relay: string, delivery: Delivery): Promise<void> {
    const busy = this.delivering.has(relay);
    this.delivering.set(relay, busy ? delivery : null);
    if (busy) return;
    for (let next: Delivery | null | undefined = delivery; next; next = this.delivering.get(relay)) {
      const { range, work } = next;
      this.delivering.set(relay, null);
      try {
        await this.env.LIVE_RELAY.getByName(relay).deliver(range, work.traceparent);
      } catch (error) {
        work.log.warn("a relay missed a frame", { relay, error: describeError(error) });
      }
    }
    this.delivering.delete(relay);
  }

  private openFor(slug: string): Open {
    this.open ??= this.openRoom(EventLog.create(this.sql, ROOM_STORAGE, newId("ep", systemClock())), slug);
    return this.open;
  }

  private openRoom(log: EventLog, slug: string): Open {
    const room = new Room(this.sql, log, slug, systemClock, this.config.ROOM_STORAGE_MB * MIB);
    const name = room.facts.get("slug");
    const channel = new Channel(
      marketStream(name),
      { epoch: log.epoch, sent: log.mark("sent") },
      {
        source: roomSource(room, systemClock),
        persist: (peer, subscription) => this.hub.persist(peer, name, subscription),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        debts: this.hub.debts,
        failed: (error, peer) =>
          this.work(peer.traceparent).log.error("a catch-up failed", { error: describeError(error) }),
      },
    );
    const db = createDb(
      this.config.DATABASE_URL,
      this.config.DATABASE_ENDPOINT,
      patience(this.config.DATABASE_DEADLINE_MS),
    );
    const relays = new RelayList(this.sql);
    const flusher = new Flusher(room, {
      store: async (batch, parts) => {
        const { webhooks, watched } = await storeEvents(db, batch, parts);
        if (watched) this.wakeRules(batch.collection);
        if (webhooks.length > 0)
          this.ctx.waitUntil(queueDeliveries(this.env.DELIVERIES, webhooks, this.work(null)));
      },
      now: systemClock,
      random: Math.random,
      newEpoch: () => newId("ep", systemClock()),
      onReconciled: ({ action }) => {
        if (action === "new_epoch") this.restartWatchers({ room, channel, relays, flusher });
      },
      onRecovered: () => this.ctx.waitUntil(this.tellDatabaseAnswers()),
    });
    return { room, channel, relays, flusher };
  }

  /** Positions under the old epoch mean nothing any more: watchers are reset, relays look and do the same. */
  private restartWatchers({ room, channel, relays }: Open): void {
    const { epoch, head } = room.log;
    this.ctx.waitUntil(channel.restart({ epoch, head }));
    const range = { collection: channel.stream.name, epoch, first: head + 1, last: head, bodies: [] };
    for (const relay of relays.names())
      this.ctx.waitUntil(this.deliver(relay, { range, work: this.work(null) }));
  }

  /** Other rooms that wait for Postgres need not wait longer. */
  private async tellDatabaseAnswers(): Promise<void> {
    await this.env.STATUS_BOARD.getByName("board")
      .databaseAnswers()
      .catch((error: unknown) =>
        this.log.warn("the status board was not told that the database answers", {
          error: describeError(error),
        }),
      );
  }

  /** Rules look at the collection: its engine evaluates what was just stored. */
  private wakeRules(slug: string): void {
    const { env, log } = this;
    const alertEngine = (name: string) => env.ALERT_ENGINE.getByName(name);
    const trace = continueTrace(null);
    this.ctx.waitUntil(wakeEngines({ alertEngine, queue: env.JOBS, trace, log }, [collectionEngine(slug)]));
  }

  private required(): Open {
    if (this.open === null) throw new AppError("not_found", "This room has no events yet.");
    return this.open;
  }

  private forget(socket: WebSocket): void {
    const peer = this.hub.leave(socket);
    if (peer) this.open?.channel.unsubscribe(peer);
    this.status.soon();
  }

  /** Sets the alarm to the earliest thing due. */
  private schedule(): void {
    if (this.open === null) return;
    const { room, flusher, relays } = this.open;
    const watched = this.hub.size > 0 || relays.size > 0;
    const due = Math.min(
      flusher.dueAt(),
      room.book.nextExpiry() ?? Number.POSITIVE_INFINITY,
      room.nextPriceChange() ?? Number.POSITIVE_INFINITY,
      watched ? Math.max(this.sweepAt, systemClock() + 1000) : Number.POSITIVE_INFINITY,
    );
    const next = alarmTime(due);
    if (next >= this.alarmAt) return;
    this.alarmAt = next;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(next));
  }

  /** What was wrong between room and Postgres in the last day, and what was done. */
  private notice(): string | null {
    const notice = this.open?.room.facts.get("notice") ?? null;
    return notice === null || notice.at < systemClock() - NOTICE_MS ? null : notice.text;
  }

  private report(): RoomStatus {
    const head = this.open?.room.log.head ?? 0;
    const flushed = this.open?.room.log.mark("flushed") ?? 0;
    const oldest = this.open?.room.log.writtenAt(flushed + 1) ?? null;
    return {
      room: this.ctx.id.name ?? "",
      kind: "collection",
      connections: this.hub.size,
      subscriptions: this.open?.channel.subscriptions.size ?? 0,
      head,
      flushed,
      unflushed: head - flushed,
      flush_lag_ms: oldest === null ? 0 : Math.max(0, systemClock() - oldest),
      flush_error: this.open?.flusher.lastError ?? null,
      flush_failing: this.open?.flusher.failing ?? false,
      set_aside: this.open?.room.setAside.count() ?? 0,
      notice: this.notice(),
      fault: null,
      reported_at: isoTime(systemClock()),
    };
  }
}
