import type { LiveHost, LiveSocket } from "../../../web/src/live/live-host.ts";

type Listener = (event: { data: unknown; code: number; reason: string }) => void;

/** A socket without a network: the test plays the server's part. */
export class ManualSocket implements LiveSocket {
  readonly sent: string[] = [];
  protocols: string[] = [];
  #listeners = new Map<string, Listener[]>();

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.emit("close");
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  emit(type: string, event: { data?: unknown; code?: number } = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) {
      listener({ data: event.data, code: event.code ?? 1006, reason: "" });
    }
  }

  /** The server accepts and greets. */
  greet(heartbeat_ms = 25_000): void {
    this.emit("open");
    const hello = { op: "hello", protocol: "xsema.live.v1", connection_id: "c1", server_time: "2026-11-01" };
    this.emit("message", { data: JSON.stringify({ ...hello, heartbeat_ms, timeout_ms: 60_000 }) });
  }
}

/** A host whose clock stands still until it is told to go on. */
export class ManualHost {
  readonly sockets: ManualSocket[] = [];
  readonly host: LiveHost;
  time = 0;
  randomness = 0.5;
  wake: () => void = () => undefined;
  #timers: { at: number; run: () => void }[] = [];

  constructor() {
    const { sockets } = this;
    this.host = {
      WebSocket: class extends ManualSocket {
        constructor(_url: string, protocols: string[]) {
          super();
          this.protocols = protocols;
          sockets.push(this);
        }
      },
      now: () => this.time,
      random: () => this.randomness,
      after: (ms, run) => {
        const timer = { at: this.time + ms, run };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((one) => one !== timer);
        };
      },
      onWake: (listener) => {
        this.wake = listener;
        return () => {
          this.wake = () => undefined;
        };
      },
    };
  }

  get socket(): ManualSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("nothing has connected yet");
    return last;
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.time = due.at;
      due.run();
    }
    this.time = end;
  }
}
