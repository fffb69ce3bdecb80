import type { MarketEventInput } from "./market.ts";

/** What a room says of a batch: every index of the batch is in exactly one of the lists. */
export interface IngestResult {
  epoch: string;
  /** The newest number of the room after the batch. */
  head: number;
  accepted: { index: number; seq: number }[];
  duplicate: number[];
}

/** One page of a room's log, as the JSON text of each event, in order of `seq`. */
export interface LogPage {
  epoch: string;
  head: number;
  /** The number of the first event in `events`; `events.length` numbers follow without a hole. */
  first: number;
  events: string[];
}

/** Why a room cannot go on from a position. */
export type ResumeFailure = "epoch_changed" | "log_pruned" | "ahead_of_room";

/** How a room is doing, for `GET /api/v1/ws/status`. */
export interface RoomStatus {
  room: string;
  kind: "collection" | "relay";
  connections: number;
  subscriptions: number;
  head: number;
  flushed: number;
  /** Events that are durable in the room and not yet in Postgres. */
  unflushed: number;
  /** Age of the oldest of them in milliseconds; 0 when there is none. */
  flush_lag_ms: number;
  flush_error: string | null;
  reported_at: string;
}

/** RPC surface of a `CollectionRoom`; one room a collection slug. */
export interface CollectionRoomRpc {
  ingest(slug: string, events: MarketEventInput[]): Promise<IngestResult>;
  /** The room's newest position, or `null` where it never took an event. */
  position(): Promise<{ epoch: string; head: number; oldest: number } | null>;
  page(after: number, limit: number): Promise<LogPage>;
  fetch(request: Request): Promise<Response>;
}
