import { DurableObject } from "cloudflare:workers";
import { Guards } from "../shared/auth/login/guards.ts";
import type { LoginGuardsRpc, LoginLimits, LoginVerdict } from "../shared/contracts/accounts.ts";
import { systemClock } from "../shared/platform/clock.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { alarmTime } from "./alarm-time.ts";
import { GuardTable } from "./login-guard/guard-table.ts";
import { objectSql } from "./object-sql.ts";

/** What is forgotten may stay for so long, so that an alarm removes many at once. */
const GATHER_MS = 60_000;

/**
 * Counts what failed for accounts, devices, addresses and mailboxes: one of a fixed number of objects, each with many
 * guards, since anybody can make up names. An alarm removes what is forgotten, and all storage with the last of it.
 */
export class LoginGuard extends DurableObject<Bindings> implements LoginGuardsRpc {
  private table: GuardTable;
  private readonly guards: Guards;
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.table = new GuardTable(objectSql(ctx.storage));
    this.guards = new Guards(
      { read: (name) => this.table.read(name), write: (name, state) => this.table.write(name, state) },
      systemClock,
    );
  }

  async attempt(name: string, limits: LoginLimits): Promise<LoginVerdict> {
    return this.andForgetLater(this.guards.attempt(name, limits));
  }

  async count(name: string, limits: LoginLimits): Promise<LoginVerdict> {
    return this.andForgetLater(this.guards.count(name, limits));
  }

  async succeeded(name: string): Promise<void> {
    await this.guards.succeeded(name);
  }

  async failed(name: string): Promise<number> {
    return this.andForgetLater(this.guards.failed(name));
  }

  async reset(name: string): Promise<void> {
    await this.guards.reset(name);
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    this.table.forget(systemClock());
    if (this.table.nextForgotten() !== null) return this.forgetLater();
    await this.ctx.storage.deleteAll();
    this.table = new GuardTable(objectSql(this.ctx.storage));
  }

  private async andForgetLater<T>(work: Promise<T>): Promise<T> {
    const done = await work;
    await this.forgetLater();
    return done;
  }

  private async forgetLater(): Promise<void> {
    const next = this.table.nextForgotten();
    if (next === null) return;
    const time = alarmTime(next + GATHER_MS);
    if (time >= this.alarmAt) return;
    this.alarmAt = time;
    await this.ctx.storage.setAlarm(time);
  }
}
