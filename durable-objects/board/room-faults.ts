import type { RoomFault, RoomStatus } from "../../shared/contracts/room.ts";
import { statusWithoutFlush } from "./status-without-flush.ts";

/** A room whose calls fail is called again by whoever needs it; one that nobody misses for so long counts as well. */
const FORGET_AFTER_MS = 60_000;
/** Where more fail than this, the fault is in none of them. */
const MOST_ROOMS = 1000;

/** Rooms that fail, in memory: where the disk is full, nothing could be written about it. */
export class RoomFaults {
  private readonly faults = new Map<string, { fault: RoomFault; at: number }>();

  note(slug: string, fault: RoomFault, now: number): void {
    this.forget(now);
    this.faults.delete(slug);
    if (this.faults.size < MOST_ROOMS) this.faults.set(slug, { fault, at: now });
  }

  /** What rooms said of themselves, each with its fault; also those that said nothing. */
  mark(statuses: RoomStatus[], now: number): RoomStatus[] {
    this.forget(now);
    const silent = new Map(this.faults);
    const marked = statuses.map((status) => {
      const known = status.kind === "collection" ? this.faults.get(status.room) : undefined;
      if (known === undefined) return status;
      silent.delete(status.room);
      return { ...status, fault: known.fault };
    });
    return [
      ...marked,
      ...[...silent].map(([room, { fault, at }]) =>
        statusWithoutFlush({ room, kind: "collection", fault }, at),
      ),
    ];
  }

  private forget(now: number): void {
    for (const [slug, { at }] of this.faults) if (at < now - FORGET_AFTER_MS) this.faults.delete(slug);
  }
}
