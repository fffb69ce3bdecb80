import { z } from "@hono/zod-openapi";
import { LiveFilter, Position } from "../../../shared/contracts/live.ts";
import { Decimal, Slug } from "../../../shared/contracts/primitives.ts";
import { RoomStatus } from "../../../shared/contracts/room.ts";
import { Device } from "../../../shared/contracts/user-room.ts";
import { KindParameters } from "../kinds.ts";

export const SlugParam = z.object({ slug: Slug.meta({ description: "The collection, by its slug" }) });

/** Names that it does not know are ignored: an `EventSource` could not go on after a refusal. */
export const StreamQuery = z.object({
  ...KindParameters,
  min_price: Decimal.optional().openapi({
    description: "Lowest price per item, in the event's own currency",
  }),
  last_event_id: z
    .string()
    .optional()
    .openapi({ description: "For clients that cannot set `Last-Event-ID`; also as `lastEventId`" }),
  ticket: z.string().optional().openapi({ description: "A one-use ticket of `POST /api/v1/ws/ticket`" }),
});
export type StreamQuery = z.output<typeof StreamQuery>;

/** What the stream asks the room for. */
export const StreamRequest = LiveFilter.extend({ from: Position.optional() });
export type StreamRequest = z.infer<typeof StreamRequest>;

export const LiveStatus = z
  .object({
    connections: z.number().int(),
    subscriptions: z.number().int(),
    /** Collections with watchers, or with events that Postgres does not have yet. */
    rooms: z.array(RoomStatus),
    relays: z.array(RoomStatus),
    /** Rooms of users that somebody is connected to, and their connections. */
    users: z.object({ rooms: z.number().int(), connections: z.number().int() }),
    /** The caller's own open connections; `null` for who may not read activity. */
    devices: z.array(Device).nullable(),
    lag: z.object({
      /** Events that rooms hold and Postgres does not have yet. */
      unflushed: z.number().int(),
      max_flush_lag_ms: z.number(),
    }),
    as_of: z.string(),
  })
  .openapi("LiveStatus");
export type LiveStatus = z.infer<typeof LiveStatus>;
