import { z } from "zod";
import { Figure } from "./figure.ts";
import { EventKind, Floor, FloorChange, MarketEvent } from "./market.ts";
import { Decimal, Slug } from "./primitives.ts";

/** The live protocol: JSON text frames, the same on `/collections/{slug}/live`, `/live` and the SSE stream. */
export const LIVE_PROTOCOL = "xsema.live.v1";

/** By which the worker tells an object whose socket it opens: a session's or an API key's id. */
export const WATCHER_HEADER = "x-xsema-watcher";

/** By which the worker tells a user's room what kinds of events whoever opens a socket may not read. */
export const HIDDEN_HEADER = "x-xsema-hidden";

/** The longest frame a client may send, in characters. */
export const MAX_CLIENT_FRAME = 4096;
/** The most events one `events` frame holds. */
export const MAX_FRAME_EVENTS = 500;

export const Position = z.object({ epoch: z.string().min(1).max(64), seq: z.number().int().min(0) });
export type Position = z.infer<typeof Position>;

export const LiveFilter = z.object({
  kinds: z.array(EventKind).min(1).max(EventKind.options.length).optional(),
  /** Lowest price per item, in the event's own currency; events without a known price do not pass. */
  min_price: Decimal.optional(),
});
export type LiveFilter = z.infer<typeof LiveFilter>;

export const SubscribeFrame = LiveFilter.extend({
  op: z.literal("subscribe"),
  /** May be left out where the address names the collection. */
  collection: Slug.optional(),
  /** The last position that the client has; it is sent everything after it. */
  from: Position.optional(),
});
export const UnsubscribeFrame = z.object({ op: z.literal("unsubscribe"), collection: Slug.optional() });
export const PingFrame = z.object({
  op: z.literal("ping"),
  id: z.union([z.number(), z.string().max(64)]).optional(),
});
/**
 * "I have read all that came before this mark": lets the server tell a slow reader from a quick one. A number, which
 * clients of before send, is taken and shows nothing: anybody can name one.
 */
export const AckFrame = z.object({
  op: z.literal("ack"),
  mark: z.string().max(64).optional(),
  collection: Slug.optional(),
  seq: z.number().int().min(0).optional(),
});

export const ClientFrame = z.discriminatedUnion("op", [
  SubscribeFrame,
  UnsubscribeFrame,
  PingFrame,
  AckFrame,
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/** Sales and volume of the last 24 hours in the collection's main currency, as the room counted them. */
export const LiveVolume = z.object({
  window: z.literal("24h"),
  sales: z.number().int(),
  /** Those of them that `volume` is the total of. */
  priced_sales: z.number().int(),
  /** Total of the sales with a known price; `null` when there is none. */
  volume: z.string().nullable(),
  currency: z.string().nullable(),
  basis: z.literal("total"),
  sources: z.array(z.string()),
});
export type LiveVolume = z.infer<typeof LiveVolume>;

export const HelloFrame = z.object({
  op: z.literal("hello"),
  protocol: z.literal(LIVE_PROTOCOL),
  connection_id: z.string(),
  /** Send a ping this often. */
  heartbeat_ms: z.number().int(),
  /** A peer that pinged once and is then silent for this long is closed with 4001. */
  timeout_ms: z.number().int(),
  server_time: z.string(),
});
export const SnapshotFrame = z.object({
  op: z.literal("snapshot"),
  collection: z.string(),
  epoch: z.string(),
  seq: z.number().int(),
  /** When these figures were taken. */
  as_of: z.string(),
  simulated: z.boolean(),
  floor: Floor.nullable(),
  /** How the floor came to be what it is: its last change, with the cause. */
  floor_change: FloorChange.nullable(),
  volume: LiveVolume,
  /** Price per item of the last sale with a known price in the collection's currency. */
  last_price: z.string().nullable(),
  last_sales: z.array(MarketEvent),
  /** Where these numbers come from and how old they were at `as_of`; as in the reads by REST. */
  figures: z.object({ floor: Figure, last_price: Figure, volume: Figure, sales: Figure }),
});
export const EventsFrame = z.object({
  op: z.literal("events"),
  collection: z.string(),
  epoch: z.string(),
  /** The first and last number that the frame covers; with a filter, it may hold fewer events. */
  first: z.number().int(),
  last: z.number().int(),
  events: z.array(MarketEvent),
});
export const ResumedFrame = z.object({
  op: z.literal("resumed"),
  collection: z.string(),
  epoch: z.string(),
  /** Where the client is; events after it follow. */
  seq: z.number().int(),
  head: z.number().int(),
});
export const ResetFrame = z.object({
  op: z.literal("reset"),
  collection: z.string(),
  epoch: z.string(),
  reason: z.enum(["epoch_changed", "log_pruned", "ahead_of_room"]),
  /** Where to read by REST what the log no longer holds. */
  read_from: z.string(),
});
export const UnsubscribedFrame = z.object({ op: z.literal("unsubscribed"), collection: z.string() });
/** To be answered by an `ack` that carries its id, once all that came before it was handled. */
export const MarkFrame = z.object({ op: z.literal("mark"), id: z.string() });
export const PongFrame = z.object({
  op: z.literal("pong"),
  id: z.union([z.number(), z.string()]).optional(),
});
export const ErrorFrame = z.object({
  op: z.literal("error"),
  code: z.string(),
  message: z.string(),
  collection: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});

export const ServerFrame = z.discriminatedUnion("op", [
  HelloFrame,
  SnapshotFrame,
  EventsFrame,
  ResumedFrame,
  ResetFrame,
  UnsubscribedFrame,
  MarkFrame,
  PongFrame,
  ErrorFrame,
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
export type SnapshotFrame = z.infer<typeof SnapshotFrame>;
export type EventsFrame = z.infer<typeof EventsFrame>;

/** Close codes of the live sockets, beside the standard ones. */
export const CloseCode = {
  /** Silent for longer than `timeout_ms`. */
  heartbeat_timeout: 4001,
  /** Sent more than it has read; it may come back and resume. */
  slow_consumer: 4008,
  /** Kept sending frames that could not be understood. */
  abuse: 4029,
  /** The server is going away. */
  restart: 1012,
  /** The session or API key that opened it has ended; it may come back with another. */
  session_ended: 4401,
} as const;
