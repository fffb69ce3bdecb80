import { DurableObject } from "cloudflare:workers";
import { CloseCode } from "../shared/contracts/live.ts";
import {
  type RequestCount,
  type RequestMark,
  type RoomFault,
  RoomStatus,
  type SeenHealth,
  type StatusBoardRpc,
} from "../shared/contracts/room.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { describeError } from "../shared/platform/errors.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { HealthLog } from "./board/health-log.ts";
import { RequestTotals } from "./board/request-totals.ts";
import { RoomFaults } from "./board/room-faults.ts";
import { BOARD_STORAGE } from "./board/storage.ts";
import { answerClose, autoResponse, upgrade, watcherTags } from "./live/upgrade.ts";
import { objectSql } from "./object-sql.ts";
import { migrate } from "./storage/migrate.ts";
import { StoredJson } from "./storage/stored-json.ts";

/** An object that says nothing for this long has no watchers and nothing to flush, or is gone: watched ones sweep every 30 s. */
const FORGET_AFTER_MS = 120_000;
/** Every room that reaches the database again says so; the first is enough. */
const HURRY_EVERY_MS = 5000;
const HURRIED_AT_ONCE = 20;

const Status = new StoredJson(RoomStatus);

/**
 * Where rooms and relays say how they are, every one of them again at each of its sweeps, and isolates what they answered.
 * The sockets of those who watch the platform end here with their sessions.
 */
export class StatusBoard extends DurableObject<Bindings> implements StatusBoardRpc {
  private readonly totals: RequestTotals;
  private readonly health: HealthLog;
  private readonly log: Log;
  private readonly faults = new RoomFaults();
  private hurriedAt = 0;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const sql = objectSql(ctx.storage);
    migrate(sql, BOARD_STORAGE);
    this.log = createLog(parseConfig(env).LOG_LEVEL, { object: "StatusBoard" });
    this.totals = new RequestTotals(sql, systemClock);
    this.health = new HealthLog(sql, systemClock);
    ctx.setWebSocketAutoResponse(autoResponse());
  }

  async report(status: RoomStatus): Promise<void> {
    this.ctx.storage.sql.exec("delete from statuses where at < ?", systemClock() - FORGET_AFTER_MS);
    this.ctx.storage.sql.exec(
      "insert or replace into statuses (name, at, body) values (?, ?, ?)",
      `${status.kind}:${status.room}`,
      systemClock(),
      Status.write(status),
    );
  }

  async list(): Promise<RoomStatus[]> {
    const now = systemClock();
    // Only read: the storage may be full.
    const known = this.ctx.storage.sql
      .exec<{ body: string }>("select body from statuses where at >= ? order by name", now - FORGET_AFTER_MS)
      .toArray()
      .map((row) => Status.read(row.body));
    return this.faults.mark(known, now);
  }

  async roomFailed(slug: string, fault: RoomFault): Promise<void> {
    this.faults.note(slug, fault, systemClock());
  }

  async databaseAnswers(): Promise<void> {
    const now = systemClock();
    if (now < this.hurriedAt + HURRY_EVERY_MS) return;
    this.hurriedAt = now;
    const waiting = (await this.list()).filter(
      ({ kind, flush_failing }) => kind === "collection" && flush_failing,
    );
    for (let i = 0; i < waiting.length; i += HURRIED_AT_ONCE)
      await Promise.all(
        waiting.slice(i, i + HURRIED_AT_ONCE).map(({ room }) =>
          this.env.COLLECTION_ROOM.getByName(room)
            .flushSoon()
            .catch((error: unknown) =>
              this.log.warn("a room was not told that the database answers", {
                room,
                error: describeError(error),
              }),
            ),
        ),
      );
  }

  async knowsRoom(collection: string): Promise<boolean> {
    const query = "select 1 from statuses where name = ?";
    return this.ctx.storage.sql.exec(query, `collection:${collection}`).toArray().length > 0;
  }

  async addRequests(counts: RequestCount[]): Promise<void> {
    this.totals.add(counts);
  }

  async requests(): Promise<RequestCount[]> {
    return this.totals.list();
  }

  async markRequests(move: boolean): Promise<{ before: RequestMark | null; now: RequestMark }> {
    return this.totals.mark(move);
  }

  async noteHealth(seen: SeenHealth[]): Promise<Record<string, number>> {
    return this.health.note(seen);
  }

  override async fetch(request: Request): Promise<Response> {
    const { response, socket } = upgrade(request);
    this.ctx.acceptWebSocket(socket, watcherTags(request));
    return response;
  }

  async closeSockets(tag: string, reason: string): Promise<void> {
    for (const socket of this.ctx.getWebSockets(tag)) socket.close(CloseCode.session_ended, reason);
  }

  override async webSocketMessage(): Promise<void> {
    // Nobody has anything to say here; the shortest ping is answered by the runtime.
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    answerClose(socket, code);
  }
}
