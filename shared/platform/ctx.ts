import type { JobEnvelope } from "../contracts/jobs.ts";
import type { CollectionRoomRpc, StatusBoardRpc } from "../contracts/room.ts";
import type { Db } from "../db/client.ts";
import type { ProviderLinks } from "../providers/links.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { Trace } from "./trace.ts";

/** Who acts. API keys and users join with accounts. */
export type Actor = { type: "anonymous" } | { type: "ingest" } | { type: "system"; job: string };

/** An object that answers fetch: rooms, relays and the asset store. */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

export interface Rooms {
  /** The room of a collection, by its slug. */
  collection(slug: string): CollectionRoomRpc;
  /** A relay that serves many collections over one socket. */
  relay(name: string): Fetcher;
  board: StatusBoardRpc;
}

/** What a request, a queue message or a tick is handled with; built once for each, never kept. */
export interface Ctx {
  db: Db;
  actor: Actor;
  now: Clock;
  log: Log;
  trace: Trace;
  rooms: Rooms;
  providers: ProviderLinks;
  queue: { send(message: JobEnvelope): Promise<unknown> };
  fetch: typeof fetch;
  config: Config;
}
