import { CloseCode } from "../../shared/contracts/live.ts";
import type { Clock } from "../../shared/platform/clock.ts";

/** A peer as far as its debt goes. */
export interface Debtor {
  /** Characters that were sent to it and that it has not shown to have read. */
  readonly owed: number;
  /** When it was told to go, in milliseconds; `null` while it is served. */
  readonly closedAt: number | null;
  close(code: number, reason: string): void;
}

export interface DebtLimits {
  /** So many characters of what a peer owes lie in buffers of the network; only what is beyond takes memory here. */
  allowance: number;
  /** All peers of an object together may owe so many characters beyond their allowances: an isolate has 128 MB. */
  together: number;
}

export const DEFAULT_DEBT_LIMITS: DebtLimits = { allowance: 256 * 1024, together: 64 * 1024 * 1024 };
/** Whoever was closed is believed to leave within this time; afterwards its debt counts again in full. */
const LEAVING_MS = 5000;

/**
 * What the peers of one object owe together. Over the limit those who owe most are closed, so that what one stops
 * reading is no cost of the others. A peer that was closed counts until its socket is gone, since its frames wait as long.
 */
export class Debts {
  private readonly now: Clock;
  private readonly limits: DebtLimits;
  private readonly excess = new Map<Debtor, number>();
  private total = 0;

  constructor(now: Clock, limits = DEFAULT_DEBT_LIMITS) {
    this.now = now;
    this.limits = limits;
  }

  /** What each may owe before it counts. */
  get allowance(): number {
    return this.limits.allowance;
  }

  /** Whether nothing more should be read from logs for whoever catches up. */
  get full(): boolean {
    return this.total > this.limits.together / 2;
  }

  /** What the peer owes has changed. */
  note(peer: Debtor): void {
    const before = this.excess.get(peer) ?? 0;
    const now = Math.max(0, peer.owed - this.limits.allowance);
    if (now === before) return;
    this.total += now - before;
    if (now > 0) this.excess.set(peer, now);
    else this.excess.delete(peer);
    if (this.total > this.limits.together) this.relieve();
  }

  /** Its socket is gone. */
  forget(peer: Debtor): void {
    this.total -= this.excess.get(peer) ?? 0;
    this.excess.delete(peer);
  }

  private relieve(): void {
    const { together } = this.limits;
    const since = this.now() - LEAVING_MS;
    let leaving = 0;
    const open: [Debtor, number][] = [];
    for (const [peer, owed] of this.excess)
      if (peer.closedAt === null) open.push([peer, owed]);
      else if (peer.closedAt > since) leaving += owed;
    open.sort(([, a], [, b]) => b - a);
    for (const [peer, owed] of open) {
      if (this.total - Math.min(leaving, together / 2) <= together) return;
      peer.close(CloseCode.slow_consumer, "too much waits to be read here: come back and resume");
      leaving += owed;
    }
  }
}
