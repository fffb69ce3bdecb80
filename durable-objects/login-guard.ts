import { DurableObject } from "cloudflare:workers";
import { attemptLogin, forgottenAt, type GuardState, takeBackAttempt } from "../shared/auth/login/guard.ts";
import type { LoginGuardRpc, LoginLimits, LoginVerdict } from "../shared/contracts/accounts.ts";
import { systemClock } from "../shared/platform/clock.ts";
import type { Bindings } from "../shared/platform/env.ts";

const STATE = "guard";

/** Counts what failed for one account, device or address. One object runs one call at a time, so none is missed. */
export class LoginGuard extends DurableObject<Bindings> implements LoginGuardRpc {
  private state: GuardState | null;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.state = ctx.storage.kv.get<GuardState>(STATE) ?? null;
  }

  async attempt(limits: LoginLimits): Promise<LoginVerdict> {
    const { state, verdict } = attemptLogin(this.state, limits, systemClock());
    if (verdict.allowed) await this.keep(state);
    return verdict;
  }

  async succeeded(): Promise<void> {
    await this.keep(takeBackAttempt(this.state));
  }

  async reset(): Promise<void> {
    await this.keep(null);
  }

  /** Forgets, so that an address that somebody guessed at once is not kept for ever. */
  override async alarm(): Promise<void> {
    const state = this.state;
    if (state === null || systemClock() >= forgottenAt(state)) await this.keep(null);
    else await this.ctx.storage.setAlarm(forgottenAt(state));
  }

  private async keep(state: GuardState | null): Promise<void> {
    this.state = state;
    if (state === null) {
      await this.ctx.storage.deleteAlarm();
      await this.ctx.storage.deleteAll();
      return;
    }
    this.ctx.storage.kv.put(STATE, state);
    await this.ctx.storage.setAlarm(forgottenAt(state));
  }
}
