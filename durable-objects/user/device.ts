import { deviceLabel } from "../../shared/auth/sessions/device-label.ts";
import type { Device } from "../../shared/contracts/user-room.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import type { Peer } from "../live/peer.ts";

/** What a connection's owner knows it by. */
export function deviceOf(request: Request, connection_id: string, now: number): Device {
  return {
    connection_id,
    label: deviceLabel(request.headers.get("user-agent")?.slice(0, 400) ?? null),
    // Set by the edge; a local platform has no edge.
    ip: request.headers.get("cf-connecting-ip") ?? "127.0.0.1",
    since: isoTime(now),
  };
}

/** The devices among peers, the longest there first. */
export function devicesOf(peers: Iterable<Peer>): Device[] {
  const open: Device[] = [];
  for (const peer of peers) if (peer.open && peer.device !== null) open.push(peer.device);
  return open.sort((a, b) => (a.connection_id < b.connection_id ? -1 : 1));
}
