import type { Floor } from "../contracts/market.ts";
import { unitOf } from "../domain/unit.ts";
import type { FlushEvent } from "./flush-batch.ts";
import { storableJson } from "./storable-json.ts";

/** The most events and characters of JSON that go to Postgres in one transaction. */
export const MAX_CHUNK_EVENTS = 2_000;
export const MAX_CHUNK_LENGTH = 4_000_000;

export interface FlushChunk {
  events: FlushEvent[];
  /** The events as a JSON array, each with `floor_unit`. */
  json: string;
}

export function unitOfFloor(floor: Floor | null | undefined): string | null {
  return floor == null ? null : unitOf(floor.currency);
}

/** Cuts events where they would be too much for one request to the database; mostly it is one chunk. */
export function chunkEvents(events: FlushEvent[]): FlushChunk[] {
  const chunks: FlushChunk[] = [];
  let parts: string[] = [];
  let start = 0;
  let length = 0;
  const close = (end: number) => {
    chunks.push({ events: events.slice(start, end), json: `[${parts.join(",")}]` });
    [parts, start, length] = [[], end, 0];
  };
  events.forEach((event, index) => {
    const part = storableJson({ ...event, floor_unit: unitOfFloor(event.floor_change?.floor) });
    if (parts.length === MAX_CHUNK_EVENTS || (parts.length > 0 && length + part.length > MAX_CHUNK_LENGTH))
      close(index);
    parts.push(part);
    length += part.length;
  });
  if (parts.length > 0 || chunks.length === 0) close(events.length);
  return chunks;
}
