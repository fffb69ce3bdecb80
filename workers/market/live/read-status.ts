import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { LiveStatus } from "./schema.ts";

/** How live delivery is doing, as rooms and relays last said; each says so at least every 30 s while it is watched. */
export async function readStatus(ctx: Pick<Ctx, "rooms" | "now">): Promise<LiveStatus> {
  const statuses = await ctx.rooms.board.list();
  const rooms = statuses.filter((status) => status.kind === "collection");
  const sum = (read: (status: (typeof statuses)[number]) => number) =>
    statuses.reduce((total, status) => total + read(status), 0);
  return {
    connections: sum((status) => status.connections),
    subscriptions: sum((status) => status.subscriptions),
    rooms,
    relays: statuses.filter((status) => status.kind === "relay"),
    lag: {
      unflushed: sum((status) => status.unflushed),
      max_flush_lag_ms: Math.max(0, ...statuses.map((status) => status.flush_lag_ms)),
    },
    as_of: isoTime(ctx.now()),
  };
}
