import { z } from "zod";
import { ActivityEvent, Task } from "./activity.ts";
import { Alert } from "./alerts.ts";
import { AckFrame, ErrorFrame, HelloFrame, MarkFrame, PingFrame, PongFrame, Position } from "./live.ts";
import { JsonValue } from "./primitives.ts";

/** What is told in a user's room. `connection` is told to whoever is there and is not numbered. */
export const UserEventKind = z.enum([
  "connection",
  "activity",
  "notification",
  "task_update",
  "alert",
  "sync",
]);
export type UserEventKind = z.infer<typeof UserEventKind>;

/** Parts of the REST API that a device may have to read again. */
export const SyncScope = z.enum(["activity", "tasks", "notifications", "alerts"]);
export type SyncScope = z.infer<typeof SyncScope>;

const base = {
  /** What the event is about, told once: the same id again is not numbered again. At most 200 characters. */
  id: z.string().min(1).max(200),
  /** When it happened, ISO 8601. */
  at: z.string(),
};
const NUMBERED = {
  activity: { ...base, kind: z.literal("activity"), data: ActivityEvent },
  notification: { ...base, kind: z.literal("notification"), data: z.record(z.string(), JsonValue) },
  /** A task as it is after a change. One with a lower `revision` than a device has is old news. */
  task_update: { ...base, kind: z.literal("task_update"), data: Task },
  /** An alert as it is after a change. One with a lower `revision` than a device has is old news. */
  alert: { ...base, kind: z.literal("alert"), data: Alert },
  /** Something could not be told in full: read these by REST. `null`: from the beginning. */
  sync: {
    ...base,
    kind: z.literal("sync"),
    data: z.object({ scopes: z.array(SyncScope).min(1), since: z.string().nullable() }),
  },
} as const;

/** What is handed to a user's room, and reaches every device of that user. */
export const UserEventInput = z.discriminatedUnion("kind", [
  z.object(NUMBERED.activity),
  z.object(NUMBERED.notification),
  z.object(NUMBERED.task_update),
  z.object(NUMBERED.alert),
  z.object(NUMBERED.sync),
]);
export type UserEventInput = z.infer<typeof UserEventInput>;

const numbering = { epoch: z.string(), seq: z.number().int() };
export const UserEvent = z.discriminatedUnion("kind", [
  z.object({ ...NUMBERED.activity, ...numbering }),
  z.object({ ...NUMBERED.notification, ...numbering }),
  z.object({ ...NUMBERED.task_update, ...numbering }),
  z.object({ ...NUMBERED.alert, ...numbering }),
  z.object({ ...NUMBERED.sync, ...numbering }),
]);
export type UserEvent = z.infer<typeof UserEvent>;

/** A connection of the user's that is open now. */
export const Device = z
  .object({
    connection_id: z.string(),
    /** By its user agent, such as `Firefox on Windows`; a hint, since anybody can send any text. */
    label: z.string(),
    ip: z.string(),
    since: z.string(),
  })
  .meta({ id: "Device" });
export type Device = z.infer<typeof Device>;

export const UserFilter = z.object({ kinds: z.array(UserEventKind).min(1).optional() });
export type UserFilter = z.infer<typeof UserFilter>;

export const UserSubscribeFrame = UserFilter.extend({
  op: z.literal("subscribe"),
  /** The last position that the client has; it is sent everything after it. */
  from: Position.optional(),
});

/** What a device sends; the address names the room, so no frame does. */
export const UserClientFrame = z.discriminatedUnion("op", [
  UserSubscribeFrame,
  z.object({ op: z.literal("unsubscribe") }),
  PingFrame,
  AckFrame,
]);
export type UserClientFrame = z.infer<typeof UserClientFrame>;

const stream = { user_id: z.string(), epoch: z.string() };
export const UserServerFrame = z.discriminatedUnion("op", [
  HelloFrame,
  z.object({
    op: z.literal("snapshot"),
    ...stream,
    seq: z.number().int(),
    as_of: z.string(),
    devices: z.array(Device),
    /** The newest events up to `seq`, newest first. */
    recent: z.array(UserEvent),
  }),
  z.object({
    op: z.literal("events"),
    ...stream,
    /** The first and last number that the frame covers; with a filter, it may hold fewer events. */
    first: z.number().int(),
    last: z.number().int(),
    events: z.array(UserEvent),
  }),
  /** A device came or went. Not numbered, and not told again: a snapshot shows who is there. */
  z.object({
    op: z.literal("connection"),
    user_id: z.string(),
    change: z.enum(["opened", "closed"]),
    device: Device,
    /** How many are open now. */
    devices: z.number().int(),
    at: z.string(),
  }),
  z.object({ op: z.literal("resumed"), ...stream, seq: z.number().int(), head: z.number().int() }),
  z.object({
    op: z.literal("reset"),
    ...stream,
    reason: z.enum(["epoch_changed", "log_pruned", "ahead_of_room"]),
    read_from: z.string(),
  }),
  z.object({ op: z.literal("unsubscribed"), user_id: z.string() }),
  MarkFrame,
  PongFrame,
  ErrorFrame,
]);
export type UserServerFrame = z.infer<typeof UserServerFrame>;

/** How a user's room is doing. */
export interface UserRoomStatus {
  epoch: string | null;
  head: number;
  oldest: number;
  devices: Device[];
}

/** RPC surface of a `UserRoom`; one object a user id. What is done for a caller is logged under its `traceparent`. */
export interface UserRoomRpc {
  /** Numbers events and sends them to every device. An event whose id the room knows is not numbered again. */
  publish(events: UserEventInput[], traceparent: string | null): Promise<{ epoch: string; head: number }>;
  status(): Promise<UserRoomStatus>;
  /** Closes the sockets of whoever `tag` names (a session or an API key) for good. */
  closeSockets(tag: string, reason: string): Promise<void>;
  /** Takes a WebSocket upgrade. */
  fetch(request: Request): Promise<Response>;
}
