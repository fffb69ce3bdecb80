import { DurableObject } from "cloudflare:workers";
import { RoomStatus, type StatusBoardRpc } from "../shared/contracts/room.ts";
import { systemClock } from "../shared/platform/clock.ts";
import type { Bindings } from "../shared/platform/env.ts";

/** An object that says nothing for this long has no watchers and nothing to flush, or is gone: watched ones sweep every 30 s. */
const FORGET_AFTER_MS = 120_000;

/** Where rooms and relays say how they are; every one of them reports again at each of its sweeps. */
export class StatusBoard extends DurableObject<Bindings> implements StatusBoardRpc {
  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "create table if not exists statuses (name text primary key, at integer not null, body text not null)",
    );
  }

  async report(status: RoomStatus): Promise<void> {
    this.ctx.storage.sql.exec(
      "insert or replace into statuses (name, at, body) values (?, ?, ?)",
      `${status.kind}:${status.room}`,
      systemClock(),
      JSON.stringify(status),
    );
  }

  async list(): Promise<RoomStatus[]> {
    this.ctx.storage.sql.exec("delete from statuses where at < ?", systemClock() - FORGET_AFTER_MS);
    return this.ctx.storage.sql
      .exec<{ body: string }>("select body from statuses order by name")
      .toArray()
      .map((row) => RoomStatus.parse(JSON.parse(row.body)));
  }
}
