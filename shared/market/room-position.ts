import { DatabaseError, NeonDbError } from "@neondatabase/serverless";
import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { ExpectedPosition, FlushEvent } from "./flush-batch.ts";

/** SQLSTATE of the function `check_room_position`. */
const DIVERGED = "XS001";

/**
 * Room and Postgres do not have the same history, which happens where one of them was restored from a backup
 * and the other was not.
 */
const Divergence = z.object({
  /** Of the newest numbering that Postgres knows; `null` where it has none. */
  epoch: z.string().nullable(),
  /** The last number of the room's own epoch that Postgres has. */
  stored: z.number().int(),
  /** The first number of the batch that Postgres has given to another event. */
  clash: z.number().int().nullable(),
});
export type Divergence = z.infer<typeof Divergence>;

/** Fails the transaction where Postgres is not where the room believes, or has another event at one of the numbers. */
export function checkPosition(
  slug: string,
  epoch: string,
  { stored, head }: ExpectedPosition,
  events: FlushEvent[],
): SQL {
  const numbers = JSON.stringify(events.map(({ epoch, seq, key_hash }) => ({ epoch, seq, key_hash })));
  return sql`
    select check_room_position(${slug}, ${epoch}, ${stored}::bigint, ${head}::bigint, ${numbers}::json)`;
}

/** What Postgres said of its position where something thrown is a failed `checkPosition`, else `null`. */
export function readDivergence(error: unknown): Divergence | null {
  if (error instanceof NeonDbError || error instanceof DatabaseError) {
    if (error.code !== DIVERGED) return null;
    return Divergence.parse(JSON.parse(error.detail ?? ""));
  }
  return error instanceof Error && error.cause !== undefined ? readDivergence(error.cause) : null;
}
