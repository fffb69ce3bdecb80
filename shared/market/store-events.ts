import type { SQL } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../db/client.ts";
import { newId } from "../platform/ids.ts";
import { applyCorrections, type Correction } from "./correct-sql.ts";
import type { FlushBatch } from "./flush-batch.ts";
import { chunkEvents, type FlushChunk, unitOfFloor } from "./flush-chunks.ts";
import { OutboxAnswer, putIntoOutbox } from "./outbox-sql.ts";
import { checkPosition } from "./room-position.ts";
import { storableJson } from "./storable-json.ts";
import { claimCollection, moveState, refreshLastSale, storeAndCount } from "./store-sql.ts";

function storeStatements(slug: string, { events, json }: FlushChunk): SQL[] {
  const corrections = events.flatMap(({ corrects_hash, key_hash }): Correction[] =>
    corrects_hash === null ? [] : [{ key_hash: corrects_hash, by_key_hash: key_hash }],
  );
  const store = storeAndCount(slug, json);
  if (corrections.length === 0) return [store];
  return [store, ...applyCorrections(slug, corrections)];
}

function stateStatements({ collection, state, events }: FlushBatch, moves: boolean): SQL[] {
  const move = moveState(collection, {
    ...state,
    floor: state.floor && storableJson(state.floor),
    floor_price: state.floor?.price ?? null,
    floor_unit: unitOfFloor(state.floor),
  });
  const mayMoveLastSale = events.some((event) => event.kind === "sale" || event.corrects !== null);
  return [...(moves ? [move] : []), ...(mayMoveLastSale ? [refreshLastSale(collection)] : [])];
}

const Stored = z.object({ rows: z.tuple([z.object({ inserted: z.number(), watched: z.boolean() })]) });

/**
 * Writes what a room flushes: the collection, the events, their rollups, wallets and floor changes, and where
 * the room stands. Each chunk is one transaction and counts only the events that were not there yet, so the
 * same batch may come again, late, or in parts. Without `state`, where the room stands stays as it is. What somebody
 * asked to be told of goes into the outbox of webhooks with it. Answers how many events were new, which endpoints
 * have something due, and whether alert rules look at the collection. Where `batch.expect` does not hold it throws
 * an error that `readDivergence` understands, and that chunk is not written.
 */
export async function storeEvents(
  db: Db,
  batch: FlushBatch,
  parts = { state: true },
): Promise<{ inserted: number; webhooks: string[]; watched: boolean }> {
  const { collection: slug, currency, simulated, state } = batch;
  const claim = claimCollection({
    id: newId("col", Date.parse(state.updated_at)),
    slug,
    currency,
    simulated,
    at: state.updated_at,
  });
  const chunks = chunkEvents(batch.events);
  const { expect } = batch;
  let inserted = 0;
  let watched = false;
  const webhooks = new Set<string>();
  for (const [index, chunk] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    const outbox = putIntoOutbox(slug, chunk.events, state.updated_at);
    const statements = [
      ...storeStatements(slug, chunk),
      ...(isLast ? stateStatements(batch, parts.state) : []),
      ...(outbox === null ? [] : [outbox]),
    ];
    const checks = expect === undefined ? [] : [checkPosition(slug, state.epoch, expect, chunk.events)];
    const answers = await db.batch([
      db.execute(claim),
      ...[...checks, ...statements].map((statement) => db.execute(statement)),
    ]);
    const [stored] = Stored.parse(answers[1 + checks.length]).rows;
    inserted += stored.inserted;
    watched = stored.watched;
    if (outbox === null) continue;
    for (const { webhook_id } of OutboxAnswer.parse(answers.at(-1)).rows) webhooks.add(webhook_id);
  }
  return { inserted, webhooks: [...webhooks], watched };
}
