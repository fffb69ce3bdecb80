import { z } from "zod";
import type { MarketEventInput } from "./market.ts";

/** What a room says of a batch: every index of the batch is in exactly one of the lists. */
export interface IngestResult {
  epoch: string;
  /** The newest number of the room after the batch. */
  head: number;
  accepted: { index: number; seq: number }[];
  duplicate: number[];
  /** Well-formed events that no room takes, such as one from next year. */
  rejected: { index: number; pointer: string; message: string }[];
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

/** Why calls to a room fail: its storage takes nothing more, cannot be read, or something else. */
export const RoomFault = z.enum(["storage_full", "storage_damaged", "storage_newer", "failed"]);
export type RoomFault = z.infer<typeof RoomFault>;

/** How a room or relay is doing, for `GET /api/v1/ws/status`. */
export const RoomStatus = z.object({
  room: z.string(),
  kind: z.enum(["collection", "relay", "user"]),
  connections: z.number().int(),
  subscriptions: z.number().int(),
  head: z.number().int(),
  flushed: z.number().int(),
  /** Events that are durable in the room and not yet in Postgres. */
  unflushed: z.number().int(),
  /** Age of the oldest of them in milliseconds; 0 when there is none. */
  flush_lag_ms: z.number(),
  flush_error: z.string().nullable(),
  /** The last flush failed and is to be tried again. */
  flush_failing: z.boolean().default(false),
  /** Events that Postgres refuses for good; they stay in the room. */
  set_aside: z.number().int().default(0),
  /** Room and Postgres did not fit together within the last day, since one of them was restored: what was done. */
  notice: z.string().nullable().default(null),
  /** Calls to it failed within the last minute; the rest is what it said before. */
  fault: RoomFault.nullable().default(null),
  reported_at: z.string(),
});
export type RoomStatus = z.infer<typeof RoomStatus>;

/** What a room says after it was asked to flush at once, and to try again what was set aside. */
export const FlushReport = z
  .object({
    collection: z.string(),
    epoch: z.string(),
    /** The newest number, and the last one that Postgres has. */
    head: z.number().int(),
    flushed: z.number().int(),
    /** Events that had been set aside and are stored now. */
    stored: z.number().int(),
    /** Events that Postgres still refuses. */
    set_aside: z.number().int(),
    /** What is still wrong, or `null`. */
    problem: z.string().nullable(),
    /** See `notice` of the room's status. */
    notice: z.string().nullable(),
  })
  .meta({ id: "FlushReport" });
export type FlushReport = z.infer<typeof FlushReport>;

/**
 * RPC surface of a `CollectionRoom`; one room a collection slug. What is done for a caller is logged under the
 * caller's trace where its `traceparent` (W3C Trace Context) is given; `fetch` takes it as a header.
 */
export interface CollectionRoomRpc {
  ingest(slug: string, events: MarketEventInput[], traceparent?: string): Promise<IngestResult>;
  /** The room's newest position, or `null` where it never took an event. */
  position(): Promise<{ epoch: string; head: number; oldest: number } | null>;
  page(after: number, limit: number): Promise<LogPage>;
  /** The text of a `snapshot` frame and the position that it shows; `null` where there is no room yet. */
  snapshot(traceparent?: string): Promise<{ text: string; epoch: string; seq: number } | null>;
  /** Has the room send its frames to a relay from now on; repeated while the relay has watchers. */
  attachRelay(relay: string, traceparent?: string): Promise<{ epoch: string; head: number; oldest: number }>;
  detachRelay(relay: string): Promise<void>;
  /** Postgres answers again: a room that waits for it tries at once. */
  flushSoon(): Promise<void>;
  /** Flushes now, also what was set aside; `null` where the room never took an event. */
  flushAgain(traceparent?: string): Promise<FlushReport | null>;
  /** Closes the sockets of whoever `tag` names (a session or an API key) for good. */
  closeSockets(tag: string, reason: string): Promise<void>;
  fetch(request: Request): Promise<Response>;
}

/** What a room hands to the relays that watch it: one coalesced frame, unfiltered. */
export interface RelayFrame {
  collection: string;
  epoch: string;
  first: number;
  last: number;
  bodies: string[];
}

/** RPC surface of a `LiveRelay`, which serves many rooms to each of its sockets. */
export interface LiveRelayRpc {
  deliver(frame: RelayFrame, traceparent?: string): Promise<void>;
  /** Closes the sockets of whoever `tag` names (a session or an API key) for good. */
  closeSockets(tag: string, reason: string): Promise<void>;
  fetch(request: Request): Promise<Response>;
}

/** Upper bounds of the buckets that durations of requests are counted in, in seconds; what is longer is in one more. */
export const REQUEST_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5] as const;

/** Requests that were asked and answered alike. */
export const RequestCount = z.object({
  method: z.string(),
  /** As the API's document writes it, never a path that somebody sent. */
  route: z.string(),
  /** `2xx` and so on. */
  status: z.string(),
  count: z.number().int(),
  /** Of their durations, in seconds. */
  sum_s: z.number(),
  /** How many lie in each bucket, and not below it. */
  buckets: z.array(z.number().int()).length(REQUEST_BUCKETS_S.length + 1),
});
export type RequestCount = z.infer<typeof RequestCount>;

/** All requests counted up to an instant, ms since 1970. */
export const RequestMark = z.object({
  at: z.number(),
  requests: z.number().int(),
  /** Answered with a server error. */
  errors: z.number().int(),
  buckets: z.array(z.number().int()).length(REQUEST_BUCKETS_S.length + 1),
});
export type RequestMark = z.infer<typeof RequestMark>;

/** How a part of the platform is, as somebody just saw it. */
export interface SeenHealth {
  name: string;
  status: "ok" | "degraded" | "down" | "unknown";
}

/** RPC surface of the `StatusBoard`, where rooms, relays and workers say how they are. */
export interface StatusBoardRpc {
  report(status: RoomStatus): Promise<void>;
  list(): Promise<RoomStatus[]>;
  /** A room reached Postgres after it could not: the others that wait are told. */
  databaseAnswers(): Promise<void>;
  /** A call to the room of a collection failed. Kept in memory, since the board's own storage may be full too. */
  roomFailed(slug: string, fault: RoomFault): Promise<void>;
  /** Whether the room of this collection said something of late; a new one does with its first event. */
  knowsRoom(collection: string): Promise<boolean>;
  /** Adds requests that an isolate counted. */
  addRequests(counts: RequestCount[]): Promise<void>;
  /** Every request since the board's storage was made. */
  requests(): Promise<RequestCount[]>;
  /** What was counted by now, and at the newest mark, which `move` makes now; otherwise at the mark before that. */
  markRequests(move: boolean): Promise<{ before: RequestMark | null; now: RequestMark }>;
  /** Since when each of these is seen as it is, by name, ms since 1970. */
  noteHealth(seen: SeenHealth[]): Promise<Record<string, number>>;
  /** Closes the sockets of whoever `tag` names (a session or an API key) for good. */
  closeSockets(tag: string, reason: string): Promise<void>;
  /** Takes the socket of somebody who watches the platform; nothing is sent on it, it only ends with its session. */
  fetch(request: Request): Promise<Response>;
}
