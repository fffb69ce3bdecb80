import type { Book } from "./book.ts";
import type { EventLog } from "./event-log.ts";
import type { KeyIndex } from "./key-index.ts";
import type { RecentSales } from "./recent.ts";

/** The parts of a room that can go before their time. */
interface Shrinkable {
  log: Pick<EventLog, "dropOldest" | "mark">;
  recent: Pick<RecentSales, "keepBodies">;
  keys: Pick<KeyIndex, "dropOldest">;
  book: Pick<Book, "dropOldest">;
  size(): number;
}

/** Of one kind, so many rows go at once: a turn of an object has an end. */
export const ROWS_AT_ONCE = 20_000;
/** So many of the newest keys stay whatever the budget: what comes twice comes soon after. */
const KEPT_AT_LEAST = 1000;
/** Goes down to this share of the budget, so that it does not begin again with the next event. */
const LOW_SHARE = 0.9;

/**
 * Frees what Postgres has as well, oldest first, until the storage is within its budget or nothing of the kind is left: the
 * log, which REST answers for; then keys, which Postgres knows for ever; then what guards the book against late news.
 * Nothing that is not flushed ever goes. Returns whether more of the log or of the keys can go at once, by calling again:
 * the next kind has to wait until the one before it is used up.
 */
export function shrink(room: Shrinkable, budget: number): boolean {
  const enough = () => room.size() <= budget * LOW_SHARE;
  const droppedLog = room.log.dropOldest(ROWS_AT_ONCE, (last) => room.recent.keepBodies(last));
  if (enough()) return false;
  if (droppedLog === ROWS_AT_ONCE) return true;
  const droppedKeys = room.keys.dropOldest(ROWS_AT_ONCE, KEPT_AT_LEAST, room.log.mark("flushed"));
  if (enough()) return false;
  if (droppedKeys === ROWS_AT_ONCE) return true;
  room.book.dropOldest(ROWS_AT_ONCE);
  return false;
}
