import type { GateAnswer, GateStatus, Outcome } from "./gate/gate.ts";

/** RPC surface of a `ProviderGate`: every request to a provider asks it first and tells it how it went. */
export interface ProviderGateRpc {
  acquire(): Promise<GateAnswer>;
  report(outcome: Outcome): Promise<void>;
  /** How the provider does; asks it nothing and counts as no call. */
  status(): Promise<GateStatus>;
  /**
   * Takes the one poll of a collection that may be under way, for `lease_ms`; `false`: another is. Not every version of a
   * gate has it.
   */
  beginPoll?(collection: string, lease_ms: number): Promise<boolean>;
  endPoll?(collection: string): Promise<void>;
}

export interface FeedRequest {
  provider: string;
  collections: string[];
}

export interface FeedStatus {
  provider: string;
  state: "idle" | "connecting" | "open" | "waiting" | "polling";
  /** Collections whose events are arriving. */
  joined: string[];
  /** Those that are wanted and do not arrive, and since when there are any (ISO 8601); left out where all do. */
  not_joined?: string[];
  missing_since?: string;
  last_event_at: string | null;
  last_error: string | null;
}

/** RPC surface of a `ProviderFeed`, the object that holds a provider's stream open. */
export interface ProviderFeedRpc {
  /** Keeps the feed alive for these collections; without a call for some minutes it stops. */
  ensure(request: FeedRequest): Promise<FeedStatus>;
  /** How the feed does; `null`: nobody has asked for it. Asks the provider nothing. */
  status(): Promise<FeedStatus | null>;
}

/** One gate and one feed a provider, by the provider's name. */
export interface ProviderLinks {
  gate(provider: string): ProviderGateRpc;
  feed(provider: string): ProviderFeedRpc;
}
