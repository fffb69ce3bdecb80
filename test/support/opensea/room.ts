import type { MarketEventInput } from "../../../shared/contracts/market.ts";
import type { CollectionRoomRpc } from "../../../shared/contracts/room.ts";

/** As much of a room as ingestion sees: it drops keys that it has and keeps the rest in order. */
export function memoryRoom(): Pick<CollectionRoomRpc, "ingest"> & {
  events: MarketEventInput[];
  /** The traces under which they came. */
  traces: Set<string | undefined>;
  duplicates: number;
  /** The next ingestions throw. */
  failures: number;
} {
  const keys = new Set<string>();
  return {
    events: [],
    traces: new Set(),
    duplicates: 0,
    failures: 0,
    async ingest(_slug, events, traceparent) {
      if (this.failures > 0) {
        this.failures -= 1;
        throw new Error("the room is away");
      }
      this.traces.add(traceparent);
      const accepted: { index: number; seq: number }[] = [];
      const duplicate: number[] = [];
      events.forEach((event, index) => {
        if (keys.has(event.event_key)) {
          duplicate.push(index);
          return;
        }
        keys.add(event.event_key);
        this.events.push(event);
        accepted.push({ index, seq: this.events.length });
      });
      this.duplicates += duplicate.length;
      return { epoch: "ep", head: this.events.length, accepted, duplicate, rejected: [] };
    },
  };
}
