import { z } from "zod";
import type { Clock } from "../../shared/platform/clock.ts";
import type { Log } from "../../shared/platform/log.ts";
import { backOffDelay } from "../../shared/providers/gate/back-off.ts";
import { Channels } from "./channels.ts";
import {
  decodeFrame,
  encodeFrame,
  heartbeatFrame,
  joinFrame,
  leaveFrame,
  type PhoenixFrame,
  type PhoenixVersion,
  readReply,
} from "./phoenix.ts";

export interface ConnectionDeps {
  now: Clock;
  random: () => number;
  log: Log;
  /** Opens a new socket; how it goes comes back through `opened`, `received` and `closed`. */
  connect(): void;
  send(text: string): void;
  /** Lets go of the socket: nothing more may come back from it. */
  disconnect(reason: string): void;
  /** A topic's messages arrive from now on; what was sent before may be missing. */
  onJoined(topic: string): void;
  onMessage(frame: PhoenixFrame): void;
  onJunk(text: string): void;
  /** Failures in a row, which outlive the object: an object that begins anew must not hammer who is down. */
  memory?: { load(): Failures | null; save(failures: Failures): void };
}

/** How often a connection failed in a row, and when it may be tried again (ms since 1970). */
export const Failures = z.object({ count: z.number(), retry_at: z.number() });
export type Failures = z.infer<typeof Failures>;

const HEARTBEAT_MS = 30_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 15_000;
const RECONNECT = { base_ms: 1_000, max_ms: 120_000 };
/** A connection that delivered a topic for this long was a good one: the next back-off begins anew. */
const SETTLED_MS = 60_000;
/** The Stream has been seen to fall silent for hours without closing. A reconnect that changes nothing doubles the wait. */
const SILENCE_MS = 10 * 60_000;
const MAX_SILENCE_MS = 60 * 60_000;

type State =
  | { name: "idle" }
  | { name: "waiting"; until: number }
  | { name: "connecting"; since: number }
  | { name: "open"; since: number; heartbeat_at: number; awaiting: { ref: string; until: number } | null };

/** A Phoenix client as a state machine without a clock or a socket of its own: it comes back after whatever ends it. */
export class PhoenixConnection {
  private readonly deps: ConnectionDeps;
  private readonly version: PhoenixVersion;
  private readonly channels = new Channels();
  private state: State = { name: "idle" };
  private wanted = new Set<string>();
  private failures: number;
  /** Since when at least one topic has been joined without a break. */
  private joinedSince: number | null = null;
  private refs = 0;
  private quietSince = 0;
  private silence_ms = SILENCE_MS;
  lastError: string | null = null;

  constructor(deps: ConnectionDeps, version: PhoenixVersion) {
    this.deps = deps;
    this.version = version;
    const known = deps.memory?.load() ?? null;
    this.failures = known?.count ?? 0;
    if (known !== null && known.count > 0 && known.retry_at > deps.now())
      this.state = { name: "waiting", until: known.retry_at };
  }

  /** Topics that are wanted and do not arrive. */
  missingTopics(): string[] {
    const joined = new Set(this.channels.joinedTopics());
    return [...this.wanted].filter((topic) => !joined.has(topic));
  }

  get stateName() {
    return this.state.name;
  }

  joinedTopics(): string[] {
    return this.channels.joinedTopics();
  }

  /** Says which topics to hold; with none, the connection ends. */
  follow(topics: readonly string[]): void {
    this.wanted = new Set(topics);
    if (this.wanted.size === 0) this.stop();
    else if (this.state.name === "idle") this.connect();
    else if (this.state.name === "open") this.joinAndLeave();
  }

  opened(): void {
    if (this.state.name !== "connecting") return;
    const now = this.deps.now();
    this.state = { name: "open", since: now, heartbeat_at: now + HEARTBEAT_MS, awaiting: null };
    this.quietSince = now;
    this.channels.clear();
    this.joinAndLeave();
  }

  closed(reason: string, log = this.deps.log): void {
    if (this.state.name === "idle" || this.state.name === "waiting") return;
    const now = this.deps.now();
    this.noteSettled(now);
    this.failures += 1;
    this.joinedSince = null;
    const wait = backOffDelay(RECONNECT, this.failures, this.deps.random());
    this.deps.memory?.save({ count: this.failures, retry_at: now + wait });
    this.lastError = reason;
    log.warn("feed disconnected", { reason, retry_in_ms: wait, failures: this.failures });
    this.state = { name: "waiting", until: now + wait };
    this.channels.clear();
  }

  received(text: string, log = this.deps.log): void {
    if (this.state.name !== "open") return;
    const frame = decodeFrame(text);
    if (frame === null) this.deps.onJunk(text);
    else if (frame.topic === "phoenix") this.takeHeartbeatReply(frame, this.state);
    else if (frame.event === "phx_reply") this.takeReply(frame, log);
    else if (frame.event === "phx_error" || frame.event === "phx_close") this.loseTopic(frame, log);
    else {
      this.quietSince = this.deps.now();
      this.silence_ms = SILENCE_MS;
      this.deps.onMessage(frame);
    }
  }

  /** Does what is due: reconnects, joins again, sends heartbeats, gives dead connections up. */
  tick(log = this.deps.log): void {
    const now = this.deps.now();
    const { state } = this;
    this.noteSettled(now);
    if (state.name === "waiting" && now >= state.until) this.connect();
    else if (state.name === "connecting" && now >= state.since + CONNECT_TIMEOUT_MS)
      this.drop("no answer to the upgrade", log);
    else if (state.name === "open" && this.isAlive(state, now, log)) {
      this.tendTopics(now);
      this.beat(state, now);
    }
  }

  /** When `tick` is to be called again, at the latest. */
  nextDue(): number {
    const { state } = this;
    if (state.name === "waiting") return state.until;
    if (state.name === "connecting") return state.since + CONNECT_TIMEOUT_MS;
    if (state.name === "open")
      return Math.min(state.awaiting?.until ?? state.heartbeat_at, this.channels.nextDue());
    return Number.POSITIVE_INFINITY;
  }

  stop(): void {
    if (this.state.name !== "idle") this.deps.disconnect("not needed any more");
    this.state = { name: "idle" };
    this.joinedSince = null;
    this.channels.clear();
  }

  /** Only a topic that stayed shows that the way is good: a socket may open and refuse every join. */
  private noteSettled(now: number): void {
    if (this.failures === 0 || this.joinedSince === null || now - this.joinedSince < SETTLED_MS) return;
    this.failures = 0;
    this.deps.memory?.save({ count: 0, retry_at: 0 });
  }

  private connect(): void {
    this.state = { name: "connecting", since: this.deps.now() };
    this.deps.connect();
  }

  private drop(reason: string, log: Log): void {
    this.deps.disconnect(reason);
    this.closed(reason, log);
  }

  private nextRef(): string {
    this.refs += 1;
    return String(this.refs);
  }

  private send(frame: PhoenixFrame): void {
    this.deps.send(encodeFrame(this.version, frame));
  }

  private joinAndLeave(): void {
    const present = new Set(this.channels.topics());
    for (const topic of present)
      if (!this.wanted.has(topic))
        this.send(leaveFrame(topic, this.channels.leave(topic) ?? "", this.nextRef()));
    for (const topic of this.wanted) if (!present.has(topic)) this.join(topic);
  }

  private join(topic: string): void {
    const ref = this.nextRef();
    this.channels.joining(topic, ref, this.deps.now());
    this.send(joinFrame(topic, ref));
  }

  private isAlive(state: Extract<State, { name: "open" }>, now: number, log: Log): boolean {
    if (state.awaiting !== null && now >= state.awaiting.until) {
      this.drop("no heartbeat reply", log);
      return false;
    }
    if (now - this.quietSince < this.silence_ms) return true;
    this.silence_ms = Math.min(MAX_SILENCE_MS, this.silence_ms * 2);
    this.drop("silent for too long", log);
    return false;
  }

  private tendTopics(now: number): void {
    const { overdue, again } = this.channels.due(now);
    for (const topic of overdue) this.channels.lost(topic, now, this.deps.random());
    for (const topic of again) this.join(topic);
  }

  private beat(state: Extract<State, { name: "open" }>, now: number): void {
    if (state.awaiting !== null || now < state.heartbeat_at) return;
    const ref = this.nextRef();
    state.awaiting = { ref, until: now + HEARTBEAT_TIMEOUT_MS };
    state.heartbeat_at = now + HEARTBEAT_MS;
    this.send(heartbeatFrame(ref));
  }

  private takeHeartbeatReply(frame: PhoenixFrame, state: Extract<State, { name: "open" }>): void {
    if (frame.ref === state.awaiting?.ref) state.awaiting = null;
  }

  private takeReply(frame: PhoenixFrame, log: Log): void {
    const topic = this.channels.topicOfJoin(frame.ref);
    if (topic === null) return;
    const { ok, reason } = readReply(frame.payload);
    if (ok) {
      this.channels.joined(topic);
      this.joinedSince ??= this.deps.now();
      if (this.missingTopics().length === 0) this.lastError = null;
      this.deps.onJoined(topic);
      return;
    }
    this.lastError = `${topic} was refused: ${reason}`;
    log.warn("feed join refused", { topic, reason });
    this.channels.lost(topic, this.deps.now(), this.deps.random());
  }

  private loseTopic(frame: PhoenixFrame, log: Log): void {
    if (!this.channels.isCurrent(frame.topic, frame.join_ref)) return;
    log.warn("feed topic lost", { topic: frame.topic, event: frame.event });
    this.lastError = `${frame.topic} was lost (${frame.event})`;
    this.channels.lost(frame.topic, this.deps.now(), this.deps.random());
    if (this.channels.joinedTopics().length === 0) this.joinedSince = null;
  }
}
