import type { Device } from "../../../shared/contracts/user-room.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { LiveStatus } from "./schema.ts";

/** The open connections of whoever asks; `null` for who may not read activity. */
async function devicesOf({ actor, rooms }: Pick<Ctx, "rooms" | "actor">): Promise<Device[] | null> {
  if (actor.type !== "user" && actor.type !== "api_key") return null;
  if (!actor.permissions.has("activity:read")) return null;
  return (await rooms.user(actor.user_id).status()).devices;
}

/** How live delivery is doing, as rooms and relays last said; each says so at least once a minute while it is watched. */
export async function readStatus(ctx: Pick<Ctx, "rooms" | "now" | "actor">): Promise<LiveStatus> {
  const [statuses, devices] = await Promise.all([ctx.rooms.board.list(), devicesOf(ctx)]);
  const rooms = statuses.filter((status) => status.kind === "collection");
  const users = statuses.filter((status) => status.kind === "user" && status.connections > 0);
  const sum = (list: typeof statuses, read: (status: (typeof statuses)[number]) => number) =>
    list.reduce((total, status) => total + read(status), 0);
  return {
    connections: sum(statuses, (status) => status.connections),
    subscriptions: sum(statuses, (status) => status.subscriptions),
    rooms,
    relays: statuses.filter((status) => status.kind === "relay"),
    // Counted only: whose they are is nobody's business here.
    users: { rooms: users.length, connections: sum(users, (status) => status.connections) },
    devices,
    lag: {
      unflushed: sum(statuses, (status) => status.unflushed),
      max_flush_lag_ms: Math.max(0, ...statuses.map((status) => status.flush_lag_ms)),
    },
    as_of: isoTime(ctx.now()),
  };
}
