import type { Clock } from "../../shared/platform/clock.ts";

interface CoalescerDeps {
  now: Clock;
  /** Runs `work` after `ms`; returns how to call it off. */
  schedule(work: () => void, ms: number): void;
  /** How many receivers a frame has. */
  receivers(): number;
  /** Sends everything that waits. */
  emit(): void;
}

/** One frame to this many receivers takes about a millisecond of a core (`npm run bench`). */
const RECEIVERS_PER_MS = 20;
const LONGEST_WINDOW_MS = 250;

/**
 * Decides when waiting events become a frame: at once when the room is idle, and at most one frame a window
 * under load, since a frame costs by its receivers and hardly by its length. The window grows with both.
 */
export class Coalescer {
  private readonly deps: CoalescerDeps;
  private lastEmit = Number.NEGATIVE_INFINITY;
  private waiting = false;

  constructor(deps: CoalescerDeps) {
    this.deps = deps;
  }

  /** New events wait. */
  kick(): void {
    if (this.waiting) return;
    const since = this.deps.now() - this.lastEmit;
    const window = this.window();
    if (since >= window) {
      this.emit();
      return;
    }
    this.waiting = true;
    this.deps.schedule(() => {
      this.waiting = false;
      this.emit();
    }, window - since);
  }

  private emit(): void {
    this.deps.emit();
    this.lastEmit = this.deps.now();
  }

  private window(): number {
    return Math.min(LONGEST_WINDOW_MS, this.deps.receivers() / RECEIVERS_PER_MS);
  }
}
