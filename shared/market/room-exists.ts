import type { CollectionRoomRpc, StatusBoardRpc } from "../contracts/room.ts";
import type { Db } from "../db/client.ts";
import { isDatabaseUnavailable } from "../db/unavailable.ts";
import type { Config } from "../platform/config.ts";
import { withDeadline } from "../platform/deadline.ts";
import { collectionExists } from "./collection-exists.ts";

const PATIENCE_MS = 2000;
const MOST_KNOWN = 20_000;

/** Collections do not go away, so what an isolate once found stays found. */
const found = new WeakMap<Config, Set<string>>();

interface Deps {
  config: Config;
  db: Pick<Db, "select">;
  board: Pick<StatusBoardRpc, "knowsRoom">;
  room: Pick<CollectionRoomRpc, "position">;
}

/**
 * Whether there is a room of this slug to be watched, without touching it: an object that is only asked leaves its storage
 * behind all the same. The status board knows the rooms that are busy, from their first event on, and Postgres all that
 * have flushed. Only while Postgres is away a room that neither this isolate nor the board knows is asked itself.
 */
export async function roomExists({ config, db, board, room }: Deps, slug: string): Promise<boolean> {
  const known = found.get(config) ?? new Set();
  found.set(config, known);
  if (known.has(slug)) return true;
  const exists = (await board.knowsRoom(slug)) || (await isStored(db, slug, room));
  if (exists && known.size < MOST_KNOWN) known.add(slug);
  return exists;
}

async function isStored(db: Deps["db"], slug: string, room: Deps["room"]): Promise<boolean> {
  try {
    return await withDeadline(PATIENCE_MS, () => collectionExists(db, slug));
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    if (late || isDatabaseUnavailable(error)) return (await room.position()) !== null;
    throw error;
  }
}
