import type { CollectionRoomRpc } from "../../../shared/contracts/room.ts";
import { collectionExists } from "../../../shared/market/collection-exists.ts";
import { roomFailed } from "../../../shared/market/room-fault.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * The room of a collection that exists. The room itself is asked first, so that watching goes on while
 * Postgres is away; throws `not_found` where neither knows the collection.
 */
export async function findRoom(
  ctx: Pick<Ctx, "rooms" | "db" | "log">,
  slug: string,
): Promise<CollectionRoomRpc> {
  const room = ctx.rooms.collection(slug);
  const position = await room.position().catch(async (cause: unknown) => {
    throw await roomFailed(ctx, slug, cause);
  });
  if (position !== null || (await collectionExists(ctx.db, slug))) return room;
  throw new AppError("not_found", `There is no collection "${slug}".`);
}
