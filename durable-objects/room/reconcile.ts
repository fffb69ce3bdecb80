import type { Divergence } from "../../shared/market/room-position.ts";
import type { Room } from "./room.ts";

/** How a room and Postgres were brought together again. */
export interface Reconciled {
  /** `flush_again`: Postgres was older. `new_epoch`: the room was older, and its numbers were given before. */
  action: "flush_again" | "new_epoch";
  /** For the log and the status: what was found and done, without anything internal. */
  notice: string;
  details: Record<string, string | number | null>;
}

/**
 * Brings a room and Postgres together where one of them was restored from a backup and the other was not. What
 * Postgres lost is flushed again as far back as the log reaches. Where Postgres has numbers that the room gives to
 * other events, or has not given yet, the room goes on under `epoch`, with all that Postgres does not have for sure.
 * `last` is the last number of the batch that Postgres compared.
 */
export function reconcile(room: Room, found: Divergence, last: number, epoch: string): Reconciled {
  const { log } = room;
  const { head, epoch: old } = log;
  const flushed = log.mark("flushed");
  const isOvertaken =
    found.clash !== null || found.stored > head || (found.epoch !== null && found.epoch > log.epoch);
  const details = { epoch: old, head, flushed, database_epoch: found.epoch, database_seq: found.stored };
  if (isOvertaken) {
    const same = found.clash === null ? Math.min(found.stored, last) : found.clash - 1;
    const kept = Math.min(head, Math.max(log.oldest - 1, same));
    const unknown = Math.max(0, found.stored - kept);
    room.beginEpoch(epoch, kept);
    return {
      action: "new_epoch",
      notice: `The room was restored to an older state than the database, which has ${unknown} event(s) that the room does not know. Numbering goes on under a new epoch after ${kept}; ${head - kept} event(s) are flushed under it. Hand in again what was sent since the room's backup, so that its order book is whole.`,
      details: { ...details, new_epoch: epoch, after: kept, moved: head - kept, unknown },
    };
  }
  const from = Math.max(found.stored, log.oldest - 1);
  const lost = from - found.stored;
  room.flushAgainFrom(from, found.stored);
  const gap = lost === 0 ? "" : ` ${lost} event(s) before that are in neither: hand them in again.`;
  return {
    action: "flush_again",
    notice: `The database was restored to an older state than the room: it has the room's events up to number ${found.stored} of ${flushed}. ${flushed - from} event(s) are flushed again.${gap}`,
    details: { ...details, from: from + 1, again: flushed - from, lost },
  };
}
