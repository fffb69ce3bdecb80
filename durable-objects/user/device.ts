import { deviceLabel } from "../../shared/auth/sessions/device-label.ts";
import type { Device } from "../../shared/contracts/user-room.ts";
import { cutText } from "../../shared/domain/cut-text.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import type { Config } from "../../shared/platform/config.ts";
import { clientAddress } from "../../shared/platform/http/client-address.ts";
import type { Peer } from "../live/peer.ts";

/** What a connection's owner knows it by. */
export function deviceOf(
  request: Request,
  config: Pick<Config, "CLIENT_ADDRESS_HEADER">,
  connection_id: string,
  now: number,
): Device {
  return {
    connection_id,
    label: deviceLabel(cutText(request.headers.get("user-agent") ?? "", 400) || null),
    ip: clientAddress(request, config),
    since: isoTime(now),
  };
}

/** The devices among peers, the longest there first. */
export function devicesOf(peers: Iterable<Peer>): Device[] {
  const open: Device[] = [];
  for (const peer of peers) if (peer.open && peer.device !== null) open.push(peer.device);
  return open.sort((a, b) => (a.connection_id < b.connection_id ? -1 : 1));
}
