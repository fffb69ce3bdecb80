import { DurableObject } from "cloudflare:workers";
import { ClientFrame, CloseCode } from "../shared/contracts/live.ts";
import type { LiveRelayRpc, RelayFrame, RoomStatus } from "../shared/contracts/room.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { roomExists } from "../shared/market/room-exists.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError, describeError } from "../shared/platform/errors.ts";
import { newId } from "../shared/platform/ids.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { beginWork, type Work } from "../shared/platform/work.ts";
import { statusWithoutFlush } from "./board/status-without-flush.ts";
import { readMarketFilter } from "./live/filter.ts";
import { HEARTBEAT_MS, Hub } from "./live/hub.ts";
import type { Peer } from "./live/peer.ts";
import { RelayChannels } from "./live/relay-channels.ts";
import { RelayPositions } from "./live/relay-positions.ts";
import { Session } from "./live/session.ts";
import { StatusReporter } from "./live/status-reporter.ts";
import { answerClose, autoResponse, upgrade, watcherTags } from "./live/upgrade.ts";
import { objectSql } from "./object-sql.ts";

function named(collection: string | undefined): string {
  if (collection !== undefined) return collection;
  throw new AppError("invalid_request", "Name the collection to watch.", {
    details: [{ pointer: "/collection", message: "is required on this address" }],
  });
}

/** Serves many collections over each of its sockets; each room sends it a frame once, however many watch here. */
export class LiveRelay extends DurableObject<Bindings> implements LiveRelayRpc {
  private readonly log: Log;
  private readonly name: string;
  private readonly hub: Hub<WebSocket>;
  private readonly session: Session;
  private readonly status: StatusReporter;
  private readonly channels: RelayChannels;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const config = parseConfig(env);
    this.name = ctx.id.name ?? "";
    this.log = createLog(config.LOG_LEVEL, { object: "LiveRelay", relay: this.name });
    const db = createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience(config.DATABASE_DEADLINE_MS));
    const board = env.STATUS_BOARD.getByName("board");
    const failed = (what: string) => (error: unknown, peer: Peer) =>
      this.work(peer.traceparent).log.error(what, { error: describeError(error) });
    this.hub = new Hub({
      now: systemClock,
      filter: readMarketFilter,
      sockets: () => ctx.getWebSockets(),
      pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
    });
    this.session = new Session({
      frames: ClientFrame,
      filter: readMarketFilter,
      open: async (peer, collection) => this.channels.open(peer, named(collection)),
      find: (_peer, collection) => this.channels.find(collection ?? ""),
      channelsOf: () => this.channels.all(),
      failed: failed("a live frame failed"),
    });
    this.status = new StatusReporter(
      () => this.report(),
      (status) => board.report(status),
      this.log,
    );
    this.channels = new RelayChannels({
      name: this.name,
      now: systemClock,
      positions: new RelayPositions(objectSql(ctx.storage)),
      debts: this.hub.debts,
      room: (collection) => env.COLLECTION_ROOM.getByName(collection),
      exists: (slug) => roomExists({ config, db, board, room: env.COLLECTION_ROOM.getByName(slug) }, slug),
      persist: (peer, collection, subscription) => this.hub.persist(peer, collection, subscription),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      failed: failed("a catch-up failed"),
      away: (collection, error) =>
        this.work(null).log.warn("a room did not answer", { collection, error: describeError(error) }),
    });
    ctx.setWebSocketAutoResponse(autoResponse());
    this.hub.restore((peer, collection, subscription) => {
      const channel = this.channels.find(collection);
      if (channel) channel.restore(peer, subscription);
      else peer.close(CloseCode.restart, "restarted: come back and resume");
    });
  }

  async deliver(frame: RelayFrame, traceparent?: string): Promise<void> {
    const { collection } = frame;
    try {
      await this.channels.deliver(frame);
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
      this.left(this.hub.dismiss(socket, CloseCode.session_ended, reason));
    }
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

  /** Renews the rooms' knowledge of this relay, finds frames that were missed, and sweeps dead peers. */
  override async alarm(): Promise<void> {
    this.hub.sweep();
    await this.channels.renew(this.work(null).traceparent);
    this.status.soon();
    // Also without sockets, until the rooms know that nobody watches here any more.
    if (this.hub.size > 0 || this.channels.size > 0)
      await this.ctx.storage.setAlarm(systemClock() + HEARTBEAT_MS);
  }

  private work(traceparent: string | null | undefined): Work {
    return beginWork(this.log, traceparent);
  }

  private forget(socket: WebSocket): void {
    this.left(this.hub.leave(socket));
  }

  private left(peer: Peer | undefined): void {
    if (peer) for (const channel of this.channels.all()) channel.unsubscribe(peer);
    this.status.soon();
  }

  private report(): RoomStatus {
    let subscriptions = 0;
    for (const channel of this.channels.all()) subscriptions += channel.subscriptions.size;
    const { name: room, hub } = this;
    return statusWithoutFlush({ room, kind: "relay", connections: hub.size, subscriptions }, systemClock());
  }
}
