import type { CollectionRoomRpc, LiveRelayRpc, StatusBoardRpc } from "../contracts/room.ts";
import type { Fetcher } from "./ctx.ts";

/** The objects of one class, by name. */
export interface ObjectNamespace<Rpc> {
  getByName(name: string): Rpc;
}

/** What `wrangler.toml` binds. Plain settings are read through `parseConfig` only. */
export interface Bindings {
  ASSETS: Fetcher;
  COLLECTION_ROOM: ObjectNamespace<CollectionRoomRpc>;
  LIVE_RELAY: ObjectNamespace<LiveRelayRpc>;
  STATUS_BOARD: ObjectNamespace<StatusBoardRpc>;
  JOBS: { send(message: unknown): Promise<unknown> };
  [setting: string]: unknown;
}
