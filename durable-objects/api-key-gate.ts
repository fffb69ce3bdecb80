import { DurableObject } from "cloudflare:workers";
import { readKey } from "../shared/auth/api-keys/read-key.ts";
import { saveKeyUse } from "../shared/auth/api-keys/save-key-use.ts";
import type { ApiKeyGateRpc, KeyCheck, SocketPlace } from "../shared/contracts/accounts.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { createLog } from "../shared/platform/log.ts";
import { alarmTime } from "./alarm-time.ts";
import { ApiKey } from "./api-key/api-key.ts";
import { objectSql } from "./object-sql.ts";
import { socketsAt } from "./sockets-at.ts";

/** One API key's gate: wires what is known of it to Postgres, to its own storage and to the rooms. */
export class ApiKeyGate extends DurableObject<Bindings> implements ApiKeyGateRpc {
  private readonly key: ApiKey;
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const config = parseConfig(env);
    const db = createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience(config.DATABASE_DEADLINE_MS));
    this.key = new ApiKey({
      sql: objectSql(ctx.storage),
      now: systemClock,
      log: createLog(config.LOG_LEVEL, { object: "ApiKeyGate" }),
      load: (key_hash) => readKey(db, key_hash),
      saveUse: (key_id, use) => saveKeyUse(db, key_id, use),
      closeSockets: (place, key_id) => this.closeSockets(place, key_id),
      wakeAt: (time) => this.wakeAt(time),
      market_is_public: config.PUBLIC_MARKET === "on",
      later: (work) => ctx.waitUntil(work),
    });
  }

  async check(key_hash: string, client_ip: string): Promise<KeyCheck> {
    return this.key.check(key_hash, client_ip);
  }

  async changed(): Promise<void> {
    await this.key.changed();
  }

  async watch(place: SocketPlace): Promise<void> {
    await this.key.watch(place);
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    await this.key.alarm();
  }

  private async closeSockets(place: SocketPlace, key_id: string): Promise<void> {
    await socketsAt(this.env, place).closeSockets(key_id, "the API key may not watch any more");
  }

  private wakeAt(due: number): void {
    const time = alarmTime(due);
    if (time === this.alarmAt) return;
    this.alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }
}
