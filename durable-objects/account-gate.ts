import { DurableObject } from "cloudflare:workers";
import { readAccess } from "../shared/auth/permissions/read-access.ts";
import { readLiveSessions } from "../shared/auth/sessions/read-live-sessions.ts";
import { saveSessionUse } from "../shared/auth/sessions/save-session-use.ts";
import type { AccountGateRpc, SessionCheck, SocketPlace } from "../shared/contracts/accounts.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { createLog } from "../shared/platform/log.ts";
import { Account } from "./account/account.ts";
import { alarmTime } from "./alarm-time.ts";
import { objectSql } from "./object-sql.ts";
import { socketsAt } from "./sockets-at.ts";

/** One account's gate: wires what is known of it to Postgres, to its own storage and to the rooms. */
export class AccountGate extends DurableObject<Bindings> implements AccountGateRpc {
  private readonly account: Account;
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const config = parseConfig(env);
    const db = createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience(config.DATABASE_DEADLINE_MS));
    this.account = new Account({
      sql: objectSql(ctx.storage),
      now: systemClock,
      log: createLog(config.LOG_LEVEL, { object: "AccountGate" }),
      idle_ms: config.SESSION_IDLE_S * 1000,
      load: async (user_id) => {
        const [access, sessions] = await Promise.all([
          readAccess(db, user_id),
          readLiveSessions(db, user_id),
        ]);
        return { access, sessions };
      },
      saveUse: (uses) => saveSessionUse(db, uses),
      closeSockets: (place, session_id) => this.closeSockets(place, session_id),
      wakeAt: (time) => this.wakeAt(time),
      market_is_public: config.PUBLIC_MARKET === "on",
      later: (work) => ctx.waitUntil(work),
    });
  }

  async check(user_id: string, session_id: string, version: number): Promise<SessionCheck> {
    return this.account.check(user_id, session_id, version);
  }

  async changed(user_id: string): Promise<void> {
    await this.account.changed(user_id);
  }

  async watch(session_id: string, place: SocketPlace): Promise<void> {
    await this.account.watch(session_id, place);
  }

  async issueTicket(session_id: string, ttl_ms: number): Promise<string> {
    return this.account.issueTicket(session_id, ttl_ms);
  }

  async redeemTicket(secret: string): Promise<{ session_id: string; version: number } | null> {
    return this.account.redeemTicket(secret);
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    await this.account.alarm();
  }

  private async closeSockets(place: SocketPlace, session_id: string): Promise<void> {
    await socketsAt(this.env, place).closeSockets(session_id, "the session has ended: log in again");
  }

  private wakeAt(due: number): void {
    const time = alarmTime(due);
    if (time === this.alarmAt) return;
    this.alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }
}
