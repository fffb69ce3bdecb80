import type { LiveHost } from "./live-host.ts";

const LEAST_INTERVAL_MS = 10;

interface HeartbeatDeps {
  host: Pick<LiveHost, "after">;
  /** How long a ping may stay without any frame from the server. */
  patience_ms: number;
  ping(): void;
  dead(): void;
}

/** Pings at the server's interval and tells when the connection is dead although nothing closed it. */
export class Heartbeat {
  #deps: HeartbeatDeps;
  #interval = 0;
  #cancelPing: () => void = () => undefined;
  #cancelBound: (() => void) | null = null;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  start(interval: number): void {
    this.stop();
    this.#interval = Math.max(LEAST_INTERVAL_MS, interval);
    this.#schedule();
  }

  /** Anything received proves that the connection lives. */
  heard(): void {
    this.#cancelBound?.();
    this.#cancelBound = null;
  }

  /** Asks at once: after a sleep, timers say nothing about the connection. */
  probe(): void {
    if (this.#interval === 0) return;
    this.#cancelPing();
    this.#beat();
  }

  stop(): void {
    this.#interval = 0;
    this.#cancelPing();
    this.heard();
  }

  #schedule(): void {
    this.#cancelPing = this.#deps.host.after(this.#interval, () => this.#beat());
  }

  #beat(): void {
    this.#cancelBound ??= this.#deps.host.after(this.#deps.patience_ms, () => this.#deps.dead());
    this.#deps.ping();
    this.#schedule();
  }
}
