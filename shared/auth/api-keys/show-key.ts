import { isoOfTimestamp } from "../../db/instant.ts";
import type { KeyRow } from "./insert-key.ts";
import type { ApiKey } from "./schema.ts";

const time = (column: string | null) => (column === null ? null : isoOfTimestamp(column));

/** A key as its owner sees it, and who administers accounts; `webhooks`: how many it made. */
export function showKey(row: KeyRow, now: number, webhooks = 0): ApiKey {
  const expires_at = time(row.expires_at);
  const expired = expires_at !== null && Date.parse(expires_at) <= now;
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    status: row.revoked_at !== null ? "revoked" : expired ? "expired" : "active",
    scopes: row.scopes,
    requests_per_minute: row.requests_per_minute,
    created_at: isoOfTimestamp(row.created_at),
    expires_at,
    last_used_at: time(row.last_used_at),
    last_used_ip: row.last_used_ip,
    revoked_at: time(row.revoked_at),
    replaced_by: row.replaced_by,
    webhooks,
  };
}
