import type { SocketPlace } from "../shared/contracts/accounts.ts";
import type { Bindings } from "../shared/platform/env.ts";

/** The object that holds the sockets of a place. */
export function socketsAt(env: Bindings, { kind, name }: SocketPlace) {
  switch (kind) {
    case "relay":
      return env.LIVE_RELAY.getByName(name);
    case "user":
      return env.USER_ROOM.getByName(name);
    case "board":
      return env.STATUS_BOARD.getByName(name);
    case "collection":
      return env.COLLECTION_ROOM.getByName(name);
  }
}
