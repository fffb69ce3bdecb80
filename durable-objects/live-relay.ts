import { DurableObject } from "cloudflare:workers";
import { ClientFrame, CloseCode } from "../shared/contracts/live.ts";
import { Slug } from "../shared/contracts/primitives.ts";
import type { LiveRelayRpc, RelayFrame, RoomStatus } from "../shared/contracts/room.ts";
import { createDb, type Db } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { collectionExists } from "../shared/market/collection-exists.ts";
import { isoTime, systemClock } from "../shared/platform/clock.ts";
import { parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError, describeError } from "../shared/platform/errors.ts";
import { newId } from "../shared/platform/ids.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { beginWork, type Work } from "../shared/platform/work.ts";
import { Channel, type ChannelSource } from "./live/channel.ts";
import { readMarketFilter } from "./live/filter.ts";
import { HEARTBEAT_MS, Hub } from "./live/hub.ts";
import { marketStream } from "./live/market-stream.ts";
import { RelayChannel } from "./live/relay-channel.ts";
import { RelayPositions } from "./live/relay-positions.ts";
import { Session } from "./live/session.ts";
import { StatusReporter } from "./live/status-reporter.ts";
import { answerClose, autoResponse, upgrade, watcherTags } from "./live/upgrade.ts";
import { objectSql } from "./object-sql.ts";

/** Serves many collections over each of its sockets; each room sends it a frame once, however many watch here. */
export class LiveRelay extends DurableObject<Bindings> implements LiveRelayRpc {
  private readonly log: Log;
  private readonly db: Db;
  private readonly name: string;
  private readonly hub: Hub<WebSocket>;
  private readonly session: Session;
  private readonly status: StatusReporter;
  private readonly positions: RelayPositions;
  private readonly channels = new Map<string, RelayChannel>();
  /** Collections whose room was asked to attach and has not answered yet. */
  private readonly opening = new Set<string>();
  /** Collections that nobody here watched at the last alarm. */
  private readonly idle = new Set<string>();

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const config = parseConfig(env);
    this.name = ctx.id.name ?? "";
    this.log = createLog(config.LOG_LEVEL, { object: "LiveRelay", relay: this.name });
    this.db = createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience(config.DATABASE_DEADLINE_MS));
    this.hub = new Hub({
      now: systemClock,
      filter: readMarketFilter,
      sockets: () => ctx.getWebSockets(),
      pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
    });
    this.session = new Session({
      frames: ClientFrame,
      filter: readMarketFilter,
      open: (peer, collection) => this.channelFor(collection, peer.traceparent),
      find: (_peer, collection) => this.channels.get(collection ?? "")?.channel,
      failed: (error, peer) =>
        this.work(peer.traceparent).log.error("a live frame failed", { error: describeError(error) }),
    });
    this.status = new StatusReporter(
      () => this.report(),
      (status) => env.STATUS_BOARD.getByName("board").report(status),
      this.log,
    );
    this.positions = new RelayPositions(objectSql(ctx.storage));
    ctx.setWebSocketAutoResponse(autoResponse());
    for (const { collection, epoch, seq } of this.positions.all()) this.openChannel(collection, epoch, seq);
    this.hub.restore((peer, collection, subscription) => {
      const relayed = this.channels.get(collection);
      if (relayed) relayed.channel.restore(peer, subscription);
      else peer.close(CloseCode.restart, "restarted: come back and resume");
    });
  }

  async deliver(frame: RelayFrame, traceparent?: string): Promise<void> {
    const { collection } = frame;
    const channel = this.channels.get(collection);
    try {
      if (channel) await channel.deliver(frame);
      // A room may answer with a frame before it answers the attaching; the hole is read when the channel is open.
      else if (!this.opening.has(collection))
        await this.env.COLLECTION_ROOM.getByName(collection).detachRelay(this.name);
    } catch (error) {
      this.work(traceparent).log.warn("a frame was not taken", { collection, error: describeError(error) });
      throw error;
    }
  }

  /** Takes a WebSocket upgrade; every `subscribe` frame names its collection. */
  override async fetch(request: Request): Promise<Response> {
    const { response, socket } = upgrade(request);
    this.ctx.acceptWebSocket(socket, watcherTags(request));
    const work = this.work(request.headers.get("traceparent"));
    const peer = this.hub.join(socket, newId("con", systemClock()), work.traceparent);
    work.log.debug("a socket was opened", { connection: peer.id });
    this.status.soon();
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(systemClock() + HEARTBEAT_MS);
    return response;
  }

  async closeSockets(tag: string, reason: string): Promise<void> {
    for (const socket of this.ctx.getWebSockets(tag)) {
      this.hub.find(socket)?.close(CloseCode.session_ended, reason);
      this.forget(socket);
    }
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const peer = this.hub.find(socket);
    if (peer === undefined) return;
    await this.session.receive(peer, message);
    this.hub.store(peer);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    answerClose(socket, code);
    this.forget(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.forget(socket);
  }

  /** Renews the rooms' knowledge of this relay, finds frames that were missed, and sweeps dead peers. */
  override async alarm(): Promise<void> {
    this.hub.sweep();
    const work = this.work(null);
    await Promise.all([...this.channels.keys()].map((collection) => this.renew(collection, work)));
    this.status.soon();
    if (this.hub.size > 0) await this.ctx.storage.setAlarm(systemClock() + HEARTBEAT_MS);
  }

  private work(traceparent: string | null | undefined): Work {
    return beginWork(this.log, traceparent);
  }

  private async renew(collection: string, work: Work): Promise<void> {
    const relayed = this.channels.get(collection);
    if (relayed === undefined) return;
    const room = this.env.COLLECTION_ROOM.getByName(collection);
    try {
      if (relayed.channel.subscriptions.size > 0) {
        this.idle.delete(collection);
        await relayed.level(await room.attachRelay(this.name, work.traceparent));
        return;
      }
      // A subscription may be under way; only a channel that nobody wanted for a whole turn goes.
      if (!this.idle.has(collection)) {
        this.idle.add(collection);
        return;
      }
      this.idle.delete(collection);
      this.channels.delete(collection);
      this.positions.forget(collection);
      await room.detachRelay(this.name);
    } catch (error) {
      work.log.warn("a room did not answer", { collection, error: describeError(error) });
    }
  }

  private async channelFor(collection: string | undefined, traceparent: string | null): Promise<Channel> {
    if (collection === undefined)
      throw new AppError("invalid_request", "Name the collection to watch.", {
        details: [{ pointer: "/collection", message: "is required on this address" }],
      });
    const known = this.channels.get(collection);
    if (known) return known.channel;
    const slug = Slug.parse(collection);
    const room = this.env.COLLECTION_ROOM.getByName(slug);
    if ((await room.position()) === null && !(await collectionExists(this.db, slug)))
      throw new AppError("not_found", `There is no collection "${slug}".`);
    this.opening.add(slug);
    const position = await room
      .attachRelay(this.name, traceparent ?? undefined)
      .finally(() => this.opening.delete(slug));
    // Another frame may have opened it while this one waited for the room.
    const opened = this.channels.get(slug) ?? this.openChannel(slug, position.epoch, position.head);
    return opened.channel;
  }

  private openChannel(collection: string, epoch: string, seq: number): RelayChannel {
    const room = this.env.COLLECTION_ROOM.getByName(collection);
    const source: ChannelSource = {
      position: (traceparent) => room.attachRelay(this.name, traceparent ?? undefined),
      page: (after, limit) => room.page(after, limit),
      snapshot: async (traceparent) => {
        const snapshot = await room.snapshot(traceparent ?? undefined);
        if (snapshot === null) throw new AppError("unavailable", "The room has no snapshot yet.");
        return snapshot;
      },
    };
    const channel = new Channel(
      marketStream(collection),
      { epoch, sent: seq },
      {
        source,
        persist: (peer, subscription) => this.hub.persist(peer, collection, subscription),
        breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
        failed: (error, peer) =>
          this.work(peer.traceparent).log.error("a catch-up failed", { error: describeError(error) }),
      },
    );
    const relayed = new RelayChannel({
      channel,
      source,
      remember: (at) => this.positions.remember(collection, at.epoch, at.seq),
    });
    this.channels.set(collection, relayed);
    this.positions.remember(collection, epoch, seq);
    return relayed;
  }

  private forget(socket: WebSocket): void {
    const peer = this.hub.leave(socket);
    if (peer) for (const { channel } of this.channels.values()) channel.unsubscribe(peer);
    this.status.soon();
  }

  private report(): RoomStatus {
    let subscriptions = 0;
    for (const { channel } of this.channels.values()) subscriptions += channel.subscriptions.size;
    return {
      room: this.name,
      kind: "relay",
      connections: this.hub.size,
      subscriptions,
      head: 0,
      flushed: 0,
      unflushed: 0,
      flush_lag_ms: 0,
      flush_error: null,
      flush_failing: false,
      set_aside: 0,
      notice: null,
      fault: null,
      reported_at: isoTime(systemClock()),
    };
  }
}
