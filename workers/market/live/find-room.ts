import type { CollectionRoomRpc } from "../../../shared/contracts/room.ts";
import { roomExists } from "../../../shared/market/room-exists.ts";
import { roomFailed } from "../../../shared/market/room-fault.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * The room of a collection that exists; throws `not_found` where nobody knows the collection, and what is wrong where its
 * room cannot serve.
 */
export async function findRoom(
  ctx: Pick<Ctx, "rooms" | "db" | "config" | "log">,
  slug: string,
): Promise<CollectionRoomRpc> {
  const { rooms, db, config } = ctx;
  const room = rooms.collection(slug);
  const position = () =>
    room.position().catch(async (cause: unknown) => {
      throw await roomFailed(ctx, slug, cause);
    });
  if (!(await roomExists({ config, db, board: rooms.board, room: { position } }, slug)))
    throw new AppError("not_found", `There is no collection "${slug}".`);
  await position();
  return room;
}
