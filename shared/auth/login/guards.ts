import type { LoginGuardsRpc, LoginLimits, LoginVerdict } from "../../contracts/accounts.ts";
import type { Clock } from "../../platform/clock.ts";
import { beginAttempt, countAttempt, endAttempt, type GuardState } from "./guard.ts";

/** Longer than the passwords of those in front take to be checked. */
const PATIENCE_MS = 5000;
/** More than these wait at one guard for nobody. */
const MAX_WAITING = 100;
const BUSY: LoginVerdict = { allowed: false, retry_after_ms: 1000 };

export interface GuardStore {
  read(name: string): GuardState | null;
  write(name: string, state: GuardState | null): void;
}

/** Guards by name over a store, and who waits at them. Between two statements of one turn nobody else gets in. */
export class Guards implements LoginGuardsRpc {
  private readonly store: GuardStore;
  private readonly now: Clock;
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(store: GuardStore, now: Clock) {
    this.store = store;
    this.now = now;
  }

  async attempt(name: string, limits: LoginLimits): Promise<LoginVerdict> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const { state, verdict } = beginAttempt(this.store.read(name), limits, this.now());
      if (verdict !== "wait") {
        if (verdict.allowed) this.store.write(name, state);
        return verdict;
      }
      const left = until - performance.now();
      if (left <= 0 || (this.waiting.get(name)?.size ?? 0) >= MAX_WAITING) return BUSY;
      await this.nextOutcome(name, left);
    }
  }

  async succeeded(name: string): Promise<void> {
    this.change(name, endAttempt(this.store.read(name), false, this.now()));
  }

  async failed(name: string): Promise<number> {
    const state = endAttempt(this.store.read(name), true, this.now());
    this.change(name, state);
    return state?.failures ?? 0;
  }

  async count(name: string, limits: LoginLimits): Promise<LoginVerdict> {
    const { state, verdict } = countAttempt(this.store.read(name), limits, this.now());
    if (verdict.allowed) this.store.write(name, state);
    return verdict;
  }

  async reset(name: string): Promise<void> {
    this.change(name, null);
  }

  private change(name: string, state: GuardState | null): void {
    this.store.write(name, state);
    const waiting = this.waiting.get(name);
    this.waiting.delete(name);
    for (const wake of waiting ?? []) wake();
  }

  private nextOutcome(name: string, within_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.waiting.get(name) ?? new Set();
      this.waiting.set(name, waiting);
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0 && this.waiting.get(name) === waiting) this.waiting.delete(name);
        resolve();
      };
      const timer = setTimeout(wake, within_ms);
      waiting.add(wake);
    });
  }
}
