import { z } from "zod";
import type { Db } from "../db/client.ts";
import { newId } from "../platform/ids.ts";
import { type Correction, markCorrected, recountTouched } from "./correct-sql.ts";
import { hashEventKey } from "./event-key.ts";
import type { FlushBatch, FlushEvent } from "./flush-batch.ts";
import { storableJson } from "./storable-json.ts";
import { claimCollection, moveState, refreshLastSale, storeAndCount } from "./store-sql.ts";

/** The most events and characters of JSON that go to Postgres in one transaction. */
export const MAX_CHUNK_EVENTS = 2_000;
export const MAX_CHUNK_LENGTH = 4_000_000;

interface Chunk {
  events: FlushEvent[];
  /** The events as a JSON array. */
  json: string;
}

/** Cuts a batch where it would be too much for one request to the database; mostly it is one chunk. */
function chunk(events: FlushEvent[]): Chunk[] {
  const chunks: Chunk[] = [];
  let parts: string[] = [];
  let start = 0;
  let length = 0;
  const close = (end: number) => {
    chunks.push({ events: events.slice(start, end), json: `[${parts.join(",")}]` });
    [parts, start, length] = [[], end, 0];
  };
  events.forEach((event, index) => {
    const part = storableJson(event);
    if (parts.length === MAX_CHUNK_EVENTS || (parts.length > 0 && length + part.length > MAX_CHUNK_LENGTH))
      close(index);
    parts.push(part);
    length += part.length;
  });
  if (parts.length > 0 || chunks.length === 0) close(events.length);
  return chunks;
}

async function correctionsIn(events: FlushEvent[]): Promise<Correction[]> {
  const corrections = events.flatMap(({ corrects, key_hash, event_key }) =>
    corrects === null || corrects === event_key ? [] : [{ corrects, key_hash }],
  );
  return Promise.all(
    corrections.map(async ({ corrects, key_hash }) => ({
      key_hash: await hashEventKey(corrects),
      by_key_hash: key_hash,
    })),
  );
}

const Inserted = z.object({ rows: z.tuple([z.object({ inserted: z.number() })]) });

/**
 * Writes what a room flushes: the collection, the events, their rollups, wallets and floor changes, and where
 * the room stands. Each chunk is one transaction and counts only the events that were not there yet, so the
 * same batch may come again, late, or in parts. Answers how many events were new.
 */
export async function storeEvents(db: Db, batch: FlushBatch): Promise<{ inserted: number }> {
  const slug = batch.collection;
  const { state } = batch;
  let inserted = 0;
  const chunks = chunk(batch.events);
  const movesLastSale = batch.events.some((event) => event.kind === "sale" || event.corrects !== null);
  for (const [index, { events, json }] of chunks.entries()) {
    const corrections = await correctionsIn(events);
    const statements = [
      storeAndCount(slug, json),
      ...(corrections.length === 0
        ? []
        : [markCorrected(slug, corrections), ...recountTouched(slug, corrections)]),
      ...(index < chunks.length - 1
        ? []
        : [
            moveState(slug, {
              ...state,
              floor: state.floor && storableJson(state.floor),
              floor_price: state.floor?.price ?? null,
            }),
            ...(movesLastSale ? [refreshLastSale(slug)] : []),
          ]),
    ];
    const claim = claimCollection({
      id: newId("col", Date.parse(state.updated_at)),
      slug,
      currency: batch.currency,
      simulated: batch.simulated,
      at: state.updated_at,
    });
    const [, stored] = await db.batch([
      db.execute(claim),
      ...statements.map((statement) => db.execute(statement)),
    ]);
    inserted += Inserted.parse(stored).rows[0].inserted;
  }
  return { inserted };
}
