import { DurableObject } from "cloudflare:workers";
import { readNews } from "../shared/activity/read-news.ts";
import { CloseCode } from "../shared/contracts/live.ts";
import type { RoomStatus } from "../shared/contracts/room.ts";
import {
  type Device,
  UserClientFrame,
  type UserEventInput,
  type UserRoomRpc,
  type UserRoomStatus,
} from "../shared/contracts/user-room.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { isoTime, systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { describeError } from "../shared/platform/errors.ts";
import { newId } from "../shared/platform/ids.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { beginWork, type Work } from "../shared/platform/work.ts";
import { statusWithoutFlush } from "./board/status-without-flush.ts";
import { Channel } from "./live/channel.ts";
import { Coalescer } from "./live/coalescer.ts";
import { frame } from "./live/frames.ts";
import { Hub } from "./live/hub.ts";
import type { Peer } from "./live/peer.ts";
import { Session } from "./live/session.ts";
import { StatusReporter } from "./live/status-reporter.ts";
import { answerClose, autoResponse, hiddenKinds, upgrade, watcherTags } from "./live/upgrade.ts";
import { objectSql } from "./object-sql.ts";
import { emitPending } from "./room/emit.ts";
import { EventLog } from "./room/event-log.ts";
import type { Sql } from "./room/sql.ts";
import { deviceOf, devicesOf } from "./user/device.ts";
import { readPeerFilter, readUserFilter } from "./user/filter.ts";
import { MissedNews } from "./user/missed-news.ts";
import { userSource, userStream } from "./user/source.ts";
import { USER_STORAGE } from "./user/storage.ts";
import { UserLog } from "./user/user-log.ts";

/** Dead connections are looked for this often, and the status board hears of the living: users are many. */
const SWEEP_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 600_000;
/** A device that comes after nobody was there may have missed what no room was told. */
const LOOK_SOON_MS = 15_000;

interface Open {
  user: UserLog;
  channel: Channel;
  missed: MissedNews;
}

/** One user's room: wires the log of what is told to the sockets of that user's devices. */
export class UserRoom extends DurableObject<Bindings> implements UserRoomRpc {
  private readonly config: Config;
  private readonly log: Log;
  private readonly sql: Sql;
  private readonly hub: Hub<WebSocket>;
  private readonly session: Session;
  private readonly coalescer: Coalescer;
  private readonly reporter: StatusReporter;
  private open: Open | null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const config = parseConfig(env);
    this.config = config;
    this.log = createLog(config.LOG_LEVEL, { object: "UserRoom", user_id: ctx.id.name });
    const sql = objectSql(ctx.storage);
    this.sql = sql;
    this.hub = new Hub({
      now: systemClock,
      filter: readUserFilter,
      sockets: () => ctx.getWebSockets(),
      pingedAt: (socket) => ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? null,
    });
    this.coalescer = new Coalescer({
      now: systemClock,
      schedule: (work, ms) => setTimeout(work, ms),
      receivers: () => this.hub.size,
      emit: () => this.emit(),
    });
    this.session = new Session({
      frames: UserClientFrame,
      filter: readPeerFilter,
      open: async () => {
        const { channel } = this.required();
        this.emit();
        return channel;
      },
      find: () => this.open?.channel,
      channelsOf: () => (this.open === null ? [] : [this.open.channel]),
      failed: (error, peer) => this.failed("a live frame failed", error, peer),
    });
    this.reporter = new StatusReporter(
      () => this.report(),
      (status) => env.STATUS_BOARD.getByName("board").report(status),
      this.log,
    );
    ctx.setWebSocketAutoResponse(autoResponse());
    const known = EventLog.open(sql, USER_STORAGE);
    this.open = known === null ? null : this.openRoom(known);
    this.hub.restore((peer, _stream, subscription) => this.open?.channel.restore(peer, subscription));
    // What was written and not yet sent when the object went away.
    if (this.open !== null) this.coalescer.kick();
  }

  async publish(events: UserEventInput[], traceparent: string | null) {
    const { user } = this.required();
    const { epoch } = user.log;
    try {
      user.publish(events);
    } catch (error) {
      this.work(traceparent).log.error("events were not taken", { error: describeError(error) });
      throw error;
    }
    this.coalescer.kick();
    this.pruneSometimes(user);
    return { epoch, head: user.log.head };
  }

  async status(): Promise<UserRoomStatus> {
    const log = this.open?.user.log;
    const devices = this.devices();
    return { epoch: log?.epoch ?? null, head: log?.head ?? 0, oldest: log?.oldest ?? 1, devices };
  }

  /** Takes a WebSocket upgrade; the worker has checked whose room this is. */
  override async fetch(request: Request): Promise<Response> {
    this.required();
    const { response, socket } = upgrade(request);
    this.ctx.acceptWebSocket(socket, watcherTags(request));
    const work = this.work(request.headers.get("traceparent"));
    const now = systemClock();
    const id = newId("con", now);
    const device = deviceOf(request, this.config, id, now);
    const peer = this.hub.join(socket, id, work.traceparent, { device, hidden: hiddenKinds(request) });
    work.log.debug("a socket was opened", { connection: peer.id });
    this.announce("opened", device);
    this.reporter.soon();
    await this.schedule();
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

  /** Sweeps dead connections while there are any. Running it twice does no harm. */
  override async alarm(): Promise<void> {
    this.hub.sweep();
    if (this.open !== null) {
      this.pruneSometimes(this.open.user);
      if (this.hub.size > 0) await this.lookForMissed(this.open.missed);
    }
    this.reporter.soon();
    await this.schedule();
  }

  private work(traceparent: string | null): Work {
    return beginWork(this.log, traceparent);
  }

  /** Has devices read again what was committed and never told. */
  private async lookForMissed(missed: MissedNews): Promise<void> {
    const { log } = this.work(null);
    try {
      if (!(await missed.check())) return;
      log.warn("devices were asked to read what this room was never told");
      this.coalescer.kick();
    } catch (error) {
      log.warn("what this room was not told is looked for later", { error: describeError(error) });
    }
  }

  private failed(what: string, error: unknown, peer: Peer): void {
    this.work(peer.traceparent).log.error(what, { error: describeError(error) });
  }

  private devices(): Device[] {
    return devicesOf(this.hub.all());
  }

  private required(): Open {
    this.open ??= this.openRoom(EventLog.create(this.sql, USER_STORAGE, newId("ep", systemClock())));
    return this.open;
  }

  private openRoom(log: EventLog): Open {
    const user = new UserLog(this.sql, log, this.ctx.id.name ?? "", systemClock);
    const { user_id } = user;
    const channel = new Channel(
      userStream(user_id),
      { epoch: log.epoch, sent: log.mark("sent") },
      {
        source: userSource(user, () => this.devices(), systemClock),
        persist: (peer, subscription) => this.hub.persist(peer, user_id, subscription),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        debts: this.hub.debts,
        failed: (error, peer) => this.failed("a catch-up failed", error, peer),
      },
    );
    const { DATABASE_URL, DATABASE_ENDPOINT, DATABASE_DEADLINE_MS } = this.config;
    const db = createDb(DATABASE_URL, DATABASE_ENDPOINT, patience(DATABASE_DEADLINE_MS));
    const missed = new MissedNews({
      sql: this.sql,
      user,
      now: systemClock,
      read: (span) => readNews(db, user_id, span),
    });
    return { user, channel, missed };
  }

  private emit(): void {
    if (this.open !== null) emitPending(this.open.user.log, this.open.channel, () => undefined);
  }

  /** Tells the devices that are there of one that came or went. */
  private announce(change: "opened" | "closed", device: Device): void {
    if (this.open === null) return;
    const { user, channel } = this.open;
    const { user_id } = user;
    const devices = this.devices().length;
    const at = isoTime(systemClock());
    channel.announce(
      frame({ op: "connection", user_id, change, device, devices, at }),
      JSON.stringify({ kind: "connection" }),
    );
  }

  private forget(socket: WebSocket): void {
    this.left(this.hub.leave(socket));
  }

  private left(peer: Peer | undefined): void {
    if (peer === undefined) return;
    this.open?.channel.unsubscribe(peer);
    if (peer.device !== null) this.announce("closed", peer.device);
    this.reporter.soon();
  }

  private pruneSometimes(user: UserLog): void {
    const now = systemClock();
    if (now < user.log.mark("pruned") + PRUNE_EVERY_MS) return;
    user.log.setMark("pruned", now);
    user.prune();
  }

  private async schedule(): Promise<void> {
    if (this.hub.size === 0 || (await this.ctx.storage.getAlarm()) !== null) return;
    const wait = this.open?.missed.isLate ? LOOK_SOON_MS : SWEEP_EVERY_MS;
    await this.ctx.storage.setAlarm(systemClock() + wait);
  }

  private report(): RoomStatus {
    const head = this.open?.user.log.head ?? 0;
    return statusWithoutFlush(
      {
        room: this.open?.user.user_id ?? this.ctx.id.name ?? "",
        kind: "user",
        connections: this.hub.size,
        subscriptions: this.open?.channel.subscriptions.size ?? 0,
        head,
        flushed: head,
      },
      systemClock(),
    );
  }
}
