import { sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../../../shared/db/instant.ts";
import type { AuditEntry } from "./schema.ts";

export const ENTRY_COLUMNS = sql`seq, id, at, actor_type, actor_id, action, target_type, target_id, before, after,
  ip, user_agent, trace_id, prev_hash, hash`;

const Values = z.record(z.string(), z.unknown()).nullable();

/** A row of `ENTRY_COLUMNS`, as the entry that it is. */
export const EntryRow = z
  .object({
    seq: z.coerce.number(),
    id: z.string(),
    at: TimeColumn,
    actor_type: z.string(),
    actor_id: z.string().nullable(),
    action: z.string(),
    target_type: z.string(),
    target_id: z.string().nullable(),
    before: Values,
    after: Values,
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    trace_id: z.string(),
    prev_hash: z.string(),
    hash: z.string(),
  })
  .transform(
    ({ actor_type, actor_id, target_type, target_id, ...row }): AuditEntry => ({
      ...row,
      actor: { type: actor_type, id: actor_id },
      target: { type: target_type, id: target_id },
    }),
  );
