import type { Position } from "../../../shared/contracts/live.ts";
import { type UserEvent, type UserEventKind, UserServerFrame } from "../../../shared/contracts/user-room.ts";
import { backoffDelay, STABLE_MS } from "./backoff.ts";
import { type FrameShapes, LiveConnection } from "./live-connection.ts";
import { type LiveHost, standardHost } from "./live-host.ts";
import type { LiveReason, LiveState } from "./live-types.ts";

const PATIENCE_MS = 10_000;
/** Asking again this often without getting further means that this connection will not do. */
const MAX_FRUITLESS = 3;

const FRAMES: FrameShapes<UserServerFrame> = {
  schema: UserServerFrame,
  ops: new Set(UserServerFrame.options.map((option) => option.shape.op.value)),
};

export interface UserLiveOptions {
  /** Absolute `ws:` or `wss:` address of `/api/v1/ws`. */
  url: string;
  kinds: UserEventKind[];
  /** As of `LiveClientOptions`. */
  credential(): Promise<string | null>;
  /** New events, each once and in order. */
  onEvents(events: UserEvent[]): void;
  /** The stream begins, or begins anew: what was before is to be read by REST. */
  onBegin(): void;
  onState(state: LiveState): void;
  host?: Partial<LiveHost>;
}

/**
 * One's own room (shared/contracts/user-room.ts): each event once and in order, over any number of disconnects. After a
 * loss it waits as `LiveClient` does and goes on from its position.
 */
export class UserLive {
  #options: UserLiveOptions;
  #host: LiveHost;
  #connection: LiveConnection<UserServerFrame> | null = null;
  #state: LiveState = { phase: "closed", reason: "starting", retry_at: null, attempt: 0 };
  #position: Position | null = null;
  #answered = false;
  #head = 0;
  #fruitless = 0;
  #attempt = 0;
  #lastReason: LiveReason = "starting";
  #timers = new Set<() => void>();
  #round = 0;
  #stopWake: () => void = () => undefined;

  constructor(options: UserLiveOptions) {
    this.#options = options;
    this.#host = { ...standardHost(), ...options.host };
  }

  /** Connects; does nothing when it has been started already. */
  start(): void {
    if (this.#state.phase !== "closed") return;
    this.#stopWake = this.#host.onWake(() => this.wake());
    this.#connect();
  }

  /** Ends it; `start` would go on from the position reached. */
  close(): void {
    if (this.#state.phase === "closed") return;
    const connection = this.#connection;
    this.#stop("closed_by_app");
    connection?.end("closed_by_app");
  }

  /** The network or the page is back: tries now, or checks that the connection outlived the sleep. */
  wake(): void {
    if (this.#state.phase === "offline") this.#connect();
    else this.#connection?.probe();
  }

  #connect(): void {
    this.#clearTimers();
    const round = ++this.#round;
    this.#setState("connecting", this.#lastReason);
    this.#options.credential().then(
      (proof) => round === this.#round && this.#open(proof),
      () => round === this.#round && this.#retry("connect_failed"),
    );
  }

  #open(credential: string | null): void {
    const connection: LiveConnection<UserServerFrame> = new LiveConnection({
      url: this.#options.url,
      frames: FRAMES,
      credential,
      host: this.#host,
      patience_ms: PATIENCE_MS,
      onOpen: () => this.#opened(),
      onFrame: (frame) => this.#take(frame),
      onJunk: () => this.#askAgain("junk_persists"),
      onEnd: (reason) => connection === this.#connection && this.#ended(reason),
    });
    this.#connection = connection;
  }

  #opened(): void {
    this.#fruitless = 0;
    this.#after(STABLE_MS, () => {
      this.#attempt = 0;
    });
    this.#ask();
  }

  #ask(): void {
    const connection = this.#connection;
    this.#answered = false;
    const from = this.#position ?? undefined;
    const asked = { op: "subscribe", kinds: this.#options.kinds, from };
    connection?.send(asked);
    this.#after(PATIENCE_MS, () => {
      if (!this.#answered && connection === this.#connection) connection?.end("no_answer");
    });
  }

  #askAgain(reason: LiveReason): void {
    this.#fruitless += 1;
    if (this.#fruitless > MAX_FRUITLESS) this.#connection?.end(reason);
    else this.#ask();
  }

  #take(frame: UserServerFrame): void {
    switch (frame.op) {
      case "snapshot":
        this.#answered = true;
        this.#moveTo({ epoch: frame.epoch, seq: frame.seq });
        this.#head = frame.seq;
        this.#options.onBegin();
        this.#settle();
        return;
      case "resumed":
        this.#answered = true;
        this.#head = frame.head;
        this.#settle();
        return;
      case "events":
        this.#takeEvents(frame);
        return;
      case "mark":
        this.#connection?.send({ op: "ack", mark: frame.id });
        return;
      case "error":
        // Nothing that this sends can be wrong, so that it may work in a moment.
        this.#connection?.end("no_answer");
        return;
    }
  }

  #takeEvents({ epoch, first, last, events }: Extract<UserServerFrame, { op: "events" }>): void {
    const position = this.#position;
    if (!this.#answered || position === null) return;
    if (epoch !== position.epoch || first > position.seq + 1) {
      this.#askAgain("gap_persists");
      return;
    }
    if (last <= position.seq) return;
    this.#moveTo({ epoch, seq: last });
    const news = events.filter(({ seq }) => seq > position.seq);
    if (news.length > 0) this.#options.onEvents(news);
    this.#settle();
  }

  #moveTo(position: Position): void {
    this.#position = position;
    this.#fruitless = 0;
  }

  #settle(): void {
    const caughtUp = this.#answered && (this.#position?.seq ?? 0) >= this.#head;
    this.#setState(caughtUp ? "live" : "resuming", this.#lastReason);
  }

  #ended(reason: LiveReason): void {
    // Another connection of the same session would be refused.
    if (reason === "session_ended") this.#stop(reason);
    else this.#retry(reason);
  }

  #stop(reason: LiveReason): void {
    this.#connection = null;
    this.#round += 1;
    this.#stopWake();
    this.#clearTimers();
    this.#attempt = 0;
    this.#setState("closed", reason);
  }

  #retry(reason: LiveReason): void {
    this.#connection = null;
    this.#clearTimers();
    this.#lastReason = reason;
    const delay = backoffDelay(this.#attempt, this.#host.random);
    this.#attempt += 1;
    this.#after(delay, () => this.#connect());
    this.#setState("offline", reason, this.#host.now() + delay);
  }

  #after(ms: number, run: () => void): void {
    this.#timers.add(this.#host.after(ms, run));
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #setState(phase: LiveState["phase"], reason: LiveReason, retryAt: number | null = null): void {
    this.#state = { phase, reason, retry_at: retryAt, attempt: this.#attempt };
    this.#options.onState(this.#state);
  }
}
