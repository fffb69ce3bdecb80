import type { LoginGuardsRpc, LoginLimits, LoginVerdict } from "../../contracts/accounts.ts";
import type { Clock } from "../../platform/clock.ts";
import { beginAttempt, countAttempt, endAttempt, type GuardState } from "./guard.ts";

/** Without any outcome for this long, whatever checks passwords stands still. */
const PATIENCE_MS = 8000;
/** With outcomes, as on a machine that has much to do. */
const MOST_MS = 20_000;
/** More than these wait at one guard for nobody. */
const MAX_WAITING = 100;
const BUSY: LoginVerdict = { allowed: false, retry_after_ms: 1000, busy: true };

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
    const began = performance.now();
    for (;;) {
      const { state, verdict } = beginAttempt(this.store.read(name), limits, this.now());
      if (verdict !== "wait") {
        if (verdict.allowed) this.store.write(name, state);
        return verdict;
      }
      if ((this.waiting.get(name)?.size ?? 0) >= MAX_WAITING) return BUSY;
      const left = Math.min(PATIENCE_MS, began + MOST_MS - performance.now());
      if (left <= 0 || !(await this.hasOutcome(name, left))) return BUSY;
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

  /** Whether the outcome of an attempt is told within some time. */
  private hasOutcome(name: string, within_ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.waiting.get(name) ?? new Set();
      this.waiting.set(name, waiting);
      const end = (told: boolean) => {
        clearTimeout(timer);
        waiting.delete(wake);
        if (waiting.size === 0 && this.waiting.get(name) === waiting) this.waiting.delete(name);
        resolve(told);
      };
      const wake = () => end(true);
      const timer = setTimeout(() => end(false), within_ms);
      waiting.add(wake);
    });
  }
}
