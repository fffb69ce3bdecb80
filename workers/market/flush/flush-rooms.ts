import { asc, gt } from "drizzle-orm";
import { Slug } from "../../../shared/contracts/primitives.ts";
import type { FlushReport } from "../../../shared/contracts/room.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { collections } from "../../../shared/db/schema/index.ts";
import { roomFailed } from "../../../shared/market/room-fault.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { traceparent } from "../../../shared/platform/trace.ts";
import type { FlushPage } from "./schema.ts";

/** Each room is a request of the worker to an object, and an invocation may make only so many. */
const ROOMS_AT_ONCE = 20;
const SCOPE = ["flush"];

/** Has the room of one collection flush now. Throws `not_found` where it never took an event. */
export async function flushRoom(ctx: Pick<Ctx, "rooms" | "trace" | "log">, slug: string): Promise<FlushPage> {
  const report = await flushOne(ctx, slug);
  if (report === null) throw new AppError("not_found", `The room of "${slug}" never took an event.`);
  return { data: [report], next_cursor: null };
}

/** Has the rooms of the next collections that the database knows flush now, in the order of their slugs. */
export async function flushRooms(
  ctx: Pick<Ctx, "db" | "rooms" | "trace" | "log">,
  cursor: string | undefined,
): Promise<FlushPage> {
  const after = cursor === undefined ? "" : decodeCursor(cursor, SCOPE, Slug);
  const rows = await ctx.db
    .select({ slug: collections.slug })
    .from(collections)
    .where(gt(collections.slug, after))
    .orderBy(asc(collections.slug))
    .limit(ROOMS_AT_ONCE);
  const reports = await Promise.all(rows.map(({ slug }) => flushOne(ctx, slug)));
  const last = rows.at(-1);
  return {
    data: reports.filter((report) => report !== null),
    next_cursor: rows.length < ROOMS_AT_ONCE || last === undefined ? null : encodeCursor(SCOPE, last.slug),
  };
}

async function flushOne(
  ctx: Pick<Ctx, "rooms" | "trace" | "log">,
  slug: string,
): Promise<FlushReport | null> {
  try {
    return await ctx.rooms.collection(slug).flushAgain(traceparent(ctx.trace));
  } catch (cause) {
    throw await roomFailed(ctx, slug, cause);
  }
}
