import type { Clock } from "../../shared/platform/clock.ts";

interface CoalescerDeps {
  now: Clock;
  /** Runs `work` after `ms`. */
  schedule(work: () => void, ms: number): void;
  /** How many receivers a frame has. */
  receivers(): number;
  /** Sends everything that waits. */
  emit(): void;
}

/** One frame to this many receivers takes about a millisecond of a core (`npm run bench -- fanout`). */
const RECEIVERS_PER_MS = 40;
const LONGEST_WINDOW_MS = 250;
/** A room that was quiet for this many windows is idle: the next event need not wait for others. */
const IDLE_WINDOWS = 4;

/**
 * Decides when waiting events become a frame: at once when the room is idle, and at most one frame a window
 * under load, since a frame costs by its receivers and hardly by its length. The window is what a frame to all
 * receivers costs with room to spare: while the runtime writes one out, whatever comes in waits behind it.
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
    const now = this.deps.now();
    const window = this.window();
    if (now - this.lastEmit >= IDLE_WINDOWS * window) {
      this.emit();
      return;
    }
    // Under load something is always right behind, even where the window has just passed.
    const wait = Math.max(window / IDLE_WINDOWS, window - (now - this.lastEmit));
    this.waiting = true;
    this.deps.schedule(() => {
      this.waiting = false;
      this.emit();
    }, wait);
  }

  private emit(): void {
    this.deps.emit();
    this.lastEmit = this.deps.now();
  }

  private window(): number {
    return Math.min(LONGEST_WINDOW_MS, this.deps.receivers() / RECEIVERS_PER_MS);
  }
}
