import { backoffDelay } from "./backoff.ts";
import { EventReader, type StreamedEvent } from "./event-reader.ts";
import { type LiveHost, standardHost } from "./live-host.ts";
import type { LiveReason, LiveState } from "./live-types.ts";

/** The server sends something every 15 s at least. */
const SILENCE_MS = 40_000;
/** A stream that ended well is opened again after this. */
const AGAIN_MS = 250;

export interface StreamLiveOptions {
  /** Opens the stream; rejects where that is refused. */
  open(signal: AbortSignal): Promise<Response>;
  /** Throws where it cannot be read: then the stream is opened again. */
  onEvent(event: StreamedEvent): void;
  onState(state: LiveState): void;
  /** Whether it is of no use to try again. */
  isFinal(error: unknown): boolean;
  host?: Partial<LiveHost>;
}

/**
 * A stream of Server-Sent Events that tells the newest whole: after a loss it is opened again, with the same pauses as
 * the sockets. It is read by `fetch`, since the browser's own `EventSource` cannot say who asks.
 */
export class StreamLive {
  #options: StreamLiveOptions;
  #host: Omit<LiveHost, "WebSocket">;
  #abort: AbortController | null = null;
  #phase: LiveState["phase"] = "closed";
  #attempt = 0;
  #cancelTimer: () => void = () => undefined;
  #stopWake: () => void = () => undefined;

  constructor(options: StreamLiveOptions) {
    this.#options = options;
    this.#host = { ...standardHost(), ...options.host };
  }

  start(): void {
    if (this.#phase !== "closed") return;
    this.#stopWake = this.#host.onWake(() => this.wake());
    void this.#run("starting");
  }

  close(): void {
    if (this.#phase === "closed") return;
    this.#stop("closed_by_app");
  }

  /** The network or the page is back: tries now. */
  wake(): void {
    if (this.#phase === "offline") void this.#run("connection_lost");
  }

  async #run(reason: LiveReason): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#cancelTimer();
    this.#setState("connecting", reason);
    try {
      this.#watchSilence(abort);
      await this.#read(await this.#options.open(abort.signal), abort);
      if (abort === this.#abort) this.#again("connection_lost", AGAIN_MS);
    } catch (error) {
      // Another has taken its place, or it was closed.
      if (abort !== this.#abort) return;
      if (this.#options.isFinal(error)) this.#stop("connect_failed");
      else this.#fail(abort.signal.aborted ? "heartbeat_timeout" : "connect_failed");
    }
  }

  async #read(response: Response, abort: AbortController): Promise<void> {
    const events = new EventReader();
    const pieces = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const piece = await pieces?.read();
      if (abort !== this.#abort || piece === undefined || piece.done) return;
      this.#watchSilence(abort);
      for (const event of events.push(piece.value)) {
        this.#options.onEvent(event);
        this.#attempt = 0;
        if (this.#phase !== "live") this.#setState("live", "starting");
      }
    }
  }

  #watchSilence(abort: AbortController): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#host.after(SILENCE_MS, () => abort.abort());
  }

  #fail(reason: LiveReason): void {
    const delay = backoffDelay(this.#attempt, this.#host.random);
    this.#attempt += 1;
    this.#again(reason, delay);
    this.#setState("offline", reason, this.#host.now() + delay);
  }

  /** What ended as it should is no news: nobody is told until it is open again. */
  #again(reason: LiveReason, delay: number): void {
    this.#abort?.abort();
    this.#abort = null;
    this.#cancelTimer();
    this.#cancelTimer = this.#host.after(delay, () => void this.#run(reason));
    this.#phase = "offline";
  }

  #stop(reason: LiveReason): void {
    this.#stopWake();
    this.#cancelTimer();
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort();
    this.#setState("closed", reason);
  }

  #setState(phase: LiveState["phase"], reason: LiveReason, retryAt: number | null = null): void {
    this.#phase = phase;
    this.#options.onState({ phase, reason, retry_at: retryAt, attempt: this.#attempt });
  }
}
