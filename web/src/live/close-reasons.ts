import { CloseCode } from "../../../shared/contracts/live.ts";
import type { LiveReason } from "./live-types.ts";

/** What a close code of the server means; `opened` tells a refused connection from a lost one. */
export function closeReason(code: number, opened: boolean): LiveReason {
  switch (code) {
    case CloseCode.heartbeat_timeout:
      return "heartbeat_timeout";
    case CloseCode.slow_consumer:
      return "slow_consumer";
    case CloseCode.abuse:
      return "abuse";
    case CloseCode.session_ended:
      return "session_ended";
    case CloseCode.restart:
      return "server_restart";
    default:
      return opened ? "connection_lost" : "connect_failed";
  }
}
