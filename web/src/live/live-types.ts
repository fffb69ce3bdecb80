import type {
  EventsFrame,
  LiveFilter,
  Position,
  ServerFrame,
  SnapshotFrame,
} from "../../../shared/contracts/live.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";
import type { LiveHost } from "./live-host.ts";

/** What to follow. `from` is a position kept from an earlier run; without it the client starts at a snapshot. */
export interface LiveSubscription extends LiveFilter {
  collection: string;
  from?: Position;
}

export type ResetNotice = Extract<ServerFrame, { op: "reset" }>;

/** Why the client is not live, or why it was not a moment ago. */
export type LiveReason =
  | "starting"
  | "connect_failed"
  | "connect_timeout"
  | "connection_lost"
  | "server_restart"
  | "heartbeat_timeout"
  | "no_answer"
  | "slow_consumer"
  | "abuse"
  | "gap_persists"
  | "junk_persists"
  | "handler_failed"
  | "session_ended"
  | "closed_by_app";

/**
 * `connecting`: no subscription is answered yet. `resuming`: connected, still catching up with what was missed.
 * `offline`: waiting for the next try at `retry_at` (milliseconds of the client's clock). `closed`: for good, unless
 * it is started again; by the server, where the session that opened it has ended.
 */
export interface LiveState {
  phase: "connecting" | "live" | "resuming" | "offline" | "closed";
  reason: LiveReason;
  retry_at: number | null;
  /** Tries in a row that did not last. */
  attempt: number;
}

/** Something the client survived, for logs: it has already done what it takes to stay whole. */
export interface LiveProblem {
  code: string;
  message: string;
  collection?: string;
}

type Handled = void | Promise<void>;

export interface LiveHandlers {
  /**
   * New events of one collection, each number once and in order. The position moves past them only after this
   * has returned (or its promise is fulfilled); when it throws, they are delivered again after a reconnect.
   */
  onEvents?(collection: string, events: MarketEvent[], frame: EventsFrame): Handled;
  /** The start of a collection. With a `reset`, what was missed must be read by REST from `reset.read_from`. */
  onSnapshot?(snapshot: SnapshotFrame, reset: ResetNotice | null): Handled;
  /** After each step forward: keep it to go on from here in a later run. */
  onPosition?(collection: string, position: Position): void;
  onState?(state: LiveState): void;
  onProblem?(problem: LiveProblem): void;
}

export interface LiveClientOptions extends LiveHandlers {
  /** Absolute `ws:` or `wss:` address of `/api/v1/live` or `/api/v1/collections/{slug}/live`. */
  url: string;
  subscriptions?: LiveSubscription[];
  /**
   * Asked for before each connection: what proves who watches, as a subprotocol such as `ticket.<ticket>` (each opens
   * one socket); `null` for nobody. Where it throws, the try counts as a connection that failed.
   */
  credential?(): Promise<string | null>;
  /** Socket constructor, clock, random and timers; the global ones by default. */
  host?: Partial<LiveHost>;
  /** How long to wait for `hello`, for the answer to a ping, and for the answer to a subscription. Milliseconds. */
  patience_ms?: number;
}
