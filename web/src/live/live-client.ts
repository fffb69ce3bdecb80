import type { z } from "zod";
import { type ClientFrame, type Position, ServerFrame } from "../../../shared/contracts/live.ts";
import { backoffDelay, STABLE_MS } from "./backoff.ts";
import { FrameReader } from "./frame-reader.ts";
import { Inbox } from "./inbox.ts";
import { type FrameShapes, LiveConnection } from "./live-connection.ts";
import { type LiveHost, standardHost } from "./live-host.ts";
import { LiveTrack } from "./live-track.ts";
import type { LiveClientOptions, LiveReason, LiveState, LiveSubscription } from "./live-types.ts";

const PATIENCE_MS = 10_000;
/** Far enough for the longest pause: what the server called abuse will not please it sooner the second time. */
const ABUSE_ATTEMPT = 10;

const FRAMES: FrameShapes<ServerFrame> = {
  schema: ServerFrame,
  ops: new Set(ServerFrame.options.map((option) => option.shape.op.value)),
};
type Connection = LiveConnection<ServerFrame>;

const nothing = () => undefined;

/**
 * Client of `xsema.live.v1` (shared/contracts/live.ts) without a framework: follows collections over one socket and
 * gives the handlers each event once and in order, over any number of disconnects. After a loss it waits with
 * full-jitter exponential back-off and goes on from its position; where the server cannot, the handlers get a new
 * snapshot and are told so.
 */
export class LiveClient {
  #options: LiveClientOptions;
  #host: LiveHost;
  #patience: number;
  #tracks = new Map<string, LiveTrack>();
  #inbox = new Inbox();
  #reader: FrameReader;
  #connection: Connection | null = null;
  #state: LiveState = { phase: "closed", reason: "starting", retry_at: null, attempt: 0 };
  #attempt = 0;
  #lastReason: LiveReason = "starting";
  #cancelRetry: () => void = nothing;
  #cancelAsking: () => void = nothing;
  #cancelStable: () => void = nothing;
  #cancelPatience: () => void = nothing;
  #stopWake: () => void = nothing;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#host = { ...standardHost(), ...options.host };
    this.#patience = options.patience_ms ?? PATIENCE_MS;
    for (const subscription of options.subscriptions ?? []) {
      this.#tracks.set(subscription.collection, new LiveTrack(subscription));
    }
    this.#reader = new FrameReader({
      tracks: this.#tracks,
      handlers: options,
      send: (frame) => this.#send(frame),
      giveUp: (reason) => this.#connection?.end(reason),
      changed: () => this.#settle(),
    });
  }

  get state(): LiveState {
    return this.#state;
  }

  /** The last position whose handlers have run, or `null` before the first snapshot. */
  position(collection: string): Position | null {
    return this.#tracks.get(collection)?.position ?? null;
  }

  /** Connects; does nothing when it has been started already. */
  start(): void {
    if (this.#state.phase !== "closed") return;
    this.#stopWake = this.#host.onWake(() => this.wake());
    this.#connect();
  }

  /** Ends it; `start` would go on from the positions reached. */
  close(): void {
    if (this.#state.phase === "closed") return;
    const connection = this.#connection;
    this.#letGo();
    connection?.end("closed_by_app");
    this.#stop("closed_by_app");
  }

  /**
   * Follows a collection, or changes the filter of one that is followed: then from its position on, so that nothing
   * is lost or repeated in between.
   */
  subscribe(subscription: LiveSubscription): void {
    const known = this.#tracks.get(subscription.collection);
    if (known) known.subscription = subscription;
    const track = known ?? new LiveTrack(subscription);
    this.#tracks.set(subscription.collection, track);
    if (this.#connection?.opened) this.#reader.ask(track);
  }

  /** Lets go of one collection; the others go on. */
  unsubscribe(collection: string): void {
    const track = this.#tracks.get(collection);
    if (!this.#tracks.delete(collection)) return;
    if (!track?.refused) this.#send({ op: "unsubscribe", collection });
    this.#settle();
  }

  /** The network or the page is back: tries now, or checks that the connection outlived the sleep. */
  wake(): void {
    if (this.#state.phase === "offline") this.#connect();
    else this.#connection?.probe();
  }

  #connect(): void {
    this.#cancelRetry();
    this.#setState("connecting", this.#lastReason);
    const { credential } = this.#options;
    if (!credential) {
      this.#open(null);
      return;
    }
    let wanted = true;
    this.#cancelAsking = () => {
      wanted = false;
    };
    credential().then(
      (proof) => wanted && this.#open(proof),
      () => wanted && this.#retry("connect_failed"),
    );
  }

  #open(credential: string | null): void {
    const connection: Connection = new LiveConnection({
      url: this.#options.url,
      frames: FRAMES,
      credential,
      host: this.#host,
      patience_ms: this.#patience,
      onOpen: () => this.#enqueue(connection, () => this.#opened()),
      onFrame: (frame) => this.#enqueue(connection, () => this.#reader.take(frame)),
      onJunk: (why) => this.#enqueue(connection, () => this.#reader.junk(why)),
      onEnd: (reason) => this.#ended(connection, reason),
    });
    this.#connection = connection;
  }

  /** Runs behind a handler that may be at work still, so that `from` is what it has reached. */
  #opened(): void {
    this.#cancelStable = this.#host.after(STABLE_MS, () => {
      this.#attempt = 0;
    });
    this.#reader.begin();
  }

  #send(frame: z.input<typeof ClientFrame>): void {
    this.#connection?.send(frame);
  }

  #enqueue(connection: Connection, run: () => void | Promise<void>): void {
    const failed = (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.onProblem?.({ code: "handler_failed", message });
      connection.end("handler_failed");
    };
    this.#inbox.push({ run, failed });
  }

  #ended(connection: Connection, reason: LiveReason): void {
    if (connection !== this.#connection) return;
    this.#letGo();
    // Another connection of the same session would be refused.
    if (reason === "session_ended") this.#stop(reason);
    else this.#retry(reason);
  }

  #stop(reason: LiveReason): void {
    this.#stopWake();
    this.#cancelRetry();
    this.#cancelAsking();
    this.#attempt = 0;
    this.#setState("closed", reason);
  }

  #retry(reason: LiveReason): void {
    this.#lastReason = reason;
    const delay = backoffDelay(reason === "abuse" ? ABUSE_ATTEMPT : this.#attempt, this.#host.random);
    this.#attempt += 1;
    this.#cancelRetry = this.#host.after(delay, () => this.#connect());
    this.#setState("offline", reason, this.#host.now() + delay);
  }

  #letGo(): void {
    this.#connection = null;
    this.#inbox.clear();
    this.#cancelStable();
    this.#cancelPatience();
    for (const track of this.#tracks.values()) track.disconnect();
  }

  /** Derives the state from what is owed, and gives the server a bounded time to deliver it. */
  #settle(): void {
    const connection = this.#connection;
    if (!connection?.opened) return;
    this.#cancelPatience();
    const tracks = [...this.#tracks.values()];
    const owing = tracks.filter((track) => !track.settled && !track.refused);
    if (owing.length > 0) this.#waitFor(connection);
    const allRefused = tracks.length > 0 && tracks.every((track) => track.refused);
    const caughtUp = owing.length === 0 && !allRefused;
    const resuming = owing.some((track) => track.position !== null);
    this.#setState(caughtUp ? "live" : resuming ? "resuming" : "connecting", this.#lastReason);
  }

  #waitFor(connection: Connection): void {
    this.#cancelPatience = this.#host.after(this.#patience, () => {
      // A slow handler is no reason to blame the server.
      if (this.#inbox.busy) this.#waitFor(connection);
      else connection.end("no_answer");
    });
  }

  #setState(phase: LiveState["phase"], reason: LiveReason, retryAt: number | null = null): void {
    const before = this.#state;
    const attempt = this.#attempt;
    this.#state = { phase, reason, retry_at: retryAt, attempt };
    const same = before.phase === phase && before.reason === reason && before.retry_at === retryAt;
    if (!same || before.attempt !== attempt) this.#options.onState?.(this.#state);
  }
}
