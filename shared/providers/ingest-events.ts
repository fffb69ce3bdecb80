import type { MarketEventInput } from "../contracts/market.ts";
import type { CollectionRoomRpc } from "../contracts/room.ts";
import type { Work } from "../platform/work.ts";

/** So many events of the longest kind stay well below what one RPC may carry (32 MiB). */
const MAX_BATCH = 500;

export interface Ingested {
  accepted: number;
  duplicate: number;
  rejected: number;
}

/** Hands events to their room in batches; what the room refuses is logged with its reason and passed over. */
export async function ingestEvents(
  room: Pick<CollectionRoomRpc, "ingest">,
  slug: string,
  events: readonly MarketEventInput[],
  { log, traceparent }: Work,
): Promise<Ingested> {
  const sum: Ingested = { accepted: 0, duplicate: 0, rejected: 0 };
  for (let start = 0; start < events.length; start += MAX_BATCH) {
    const batch = events.slice(start, start + MAX_BATCH);
    const result = await room.ingest(slug, batch, traceparent);
    sum.accepted += result.accepted.length;
    sum.duplicate += result.duplicate.length;
    sum.rejected += result.rejected.length;
    for (const { index, pointer, message } of result.rejected.slice(0, 1))
      log.warn("room refused provider events", {
        collection: slug,
        count: result.rejected.length,
        example: `${batch[index]?.event_key}: ${pointer} ${message}`,
      });
  }
  return sum;
}
