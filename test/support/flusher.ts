import { Flusher } from "../../durable-objects/room/flusher.ts";
import type { Reconciled } from "../../durable-objects/room/reconcile.ts";
import type { Room } from "../../durable-objects/room/room.ts";
import type { FlushBatch } from "../../shared/market/flush-batch.ts";

/** A flusher without chance, whose new epochs sort after each other; `reconciled` is what it brought together. */
export function flusherOf(
  room: Room,
  store: (batch: FlushBatch, parts: { state: boolean }) => Promise<unknown>,
  now: () => number,
) {
  const reconciled: Reconciled[] = [];
  let recovered = 0;
  let epochs = 0;
  const flusher = new Flusher(room, {
    store,
    now,
    random: () => 0.999,
    newEpoch: () => `${room.log.epoch}_${++epochs}`,
    onReconciled: (what) => reconciled.push(what),
    onRecovered: () => {
      recovered += 1;
    },
  });
  return { flusher, reconciled, recovered: () => recovered };
}
