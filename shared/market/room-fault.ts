import type { RoomFault } from "../contracts/room.ts";
import type { Ctx, Rooms } from "../platform/ctx.ts";
import { AppError, describeError } from "../platform/errors.ts";

/** What the runtime says of an object's SQLite when it cannot write or read it. */
const FULL = /SQLITE_FULL|disk is full/i;
/** What a room says that has outgrown its budget (`RoomFull`). */
const OVER_BUDGET = /ROOM_FULL/;
const DAMAGED = /SQLITE_CORRUPT|SQLITE_NOTADB/;
/** What an object says of a storage that newer code wrote (`StorageTooNew`). */
const NEWER = /STORAGE_TOO_NEW/;

/** What is wrong where a call to a room failed. Where the storage cannot even be opened, the runtime does not tell. */
export function roomFault(error: unknown): RoomFault {
  const text = describeError(error);
  if (NEWER.test(text)) return "storage_newer";
  if (FULL.test(text) || OVER_BUDGET.test(text)) return "storage_full";
  return DAMAGED.test(text) ? "storage_damaged" : "failed";
}

const ADVICE: Record<RoomFault, string> = {
  storage_full:
    "Free space on the disk of the data folder, or, on Cloudflare, look at the object's size: one holds at most 10 GB. The room goes on by itself.",
  storage_damaged:
    "Stop the platform, then put the file back from a backup, or move it away with its -wal and -shm to begin again under a new epoch (docs/operating.md, A room that fails).",
  storage_newer:
    "An older version of the worker was deployed over a newer one. Deploy the newer one again: nothing is lost, and the older code changes nothing.",
  failed:
    "If it goes on: is the disk full, or the file damaged? The line before this one says more (docs/operating.md, A room that fails).",
};

const OVER_BUDGET_ADVICE =
  "Events wait for Postgres: is it away, or slow? The room goes on by itself as soon as they are stored. Where that is often, raise ROOM_STORAGE_MB (docs/operating.md, A room that fails).";

/** What `roomFailed` needs of the rooms. */
export interface FailedRooms extends Pick<Rooms, "collectionObject"> {
  board: Pick<Rooms["board"], "roomFailed">;
}

/** The error for a caller whose call to a room failed. Logs which room, where its storage is and what to do; tells the status board. */
export async function roomFailed(
  {
    log,
    rooms,
  }: Pick<Ctx, "log"> & {
    rooms: Pick<Rooms, "collectionObject"> & { board: Pick<Rooms["board"], "roomFailed"> };
  },
  slug: string,
  cause: unknown,
): Promise<AppError> {
  const fault = roomFault(cause);
  const text = describeError(cause);
  const object = rooms.collectionObject(slug);
  log.error("a room failed", {
    collection: slug,
    fault,
    // In the folder `objects/do` of DATA_DIR on one's own machine; the id is the object's on Cloudflare too.
    file: `${object.class_key}/${object.id}.sqlite`,
    advice: OVER_BUDGET.test(text) ? OVER_BUDGET_ADVICE : ADVICE[fault],
    error: text,
  });
  await rooms.board
    .roomFailed(slug, fault)
    .catch((error: unknown) => log.warn("the status board did not answer", { error: describeError(error) }));
  const retry = {
    cause,
    headers: { "retry-after": fault === "storage_damaged" || fault === "storage_newer" ? "60" : "1" },
  };
  if (fault === "storage_full")
    return new AppError(
      "storage_full",
      `The storage of the room of "${slug}" is full: it takes nothing until there is room again. What was accepted is safe. Send the request again later: what is in already is not doubled.`,
      retry,
    );
  if (fault === "storage_damaged")
    return new AppError(
      "unavailable",
      `The storage of the room of "${slug}" is damaged; the log names the file. Other collections go on.`,
      retry,
    );
  if (fault === "storage_newer")
    return new AppError(
      "unavailable",
      `The storage of the room of "${slug}" was written by a newer version of the platform than this one. Send the request again later: what is in already is not doubled.`,
      retry,
    );
  return new AppError(
    "unavailable",
    `The room of "${slug}" did not answer, or could not read or write its storage (is the disk full?). Send the request again: what is in already is not doubled.`,
    retry,
  );
}
