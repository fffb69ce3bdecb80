import { sql } from "drizzle-orm";
import { z } from "zod";
import { UserStatus } from "../../../shared/contracts/access.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { type Reader, readRows } from "../../../shared/db/rows.ts";
import { SessionOwner } from "./claim-refresh-token.ts";

/** A refresh token with the session and the account that it is of. */
const TokenState = SessionOwner.extend({
  used_at: TimeColumn.nullable(),
  successor: z.string().nullable(),
  expires_at: TimeColumn,
  session_expires_at: TimeColumn,
  last_used_at: TimeColumn,
  user_agent: z.string().nullable(),
  ended: z.boolean(),
  status: UserStatus,
  /** By a refresh, others took its place; one of them was used. */
  exchanged: z.boolean(),
  followed: z.boolean(),
  /** Another one that took the place of the same token was used. */
  overtaken: z.boolean(),
});
export type TokenState = z.infer<typeof TokenState>;

/** What is known of the token of a hash. */
export async function readTokenState(db: Reader, hash: string): Promise<TokenState | undefined> {
  const [row] = await readRows(
    db,
    sql`select t.used_at::text, t.successor, t.expires_at::text, s.id as session_id, s.ended_at is not null as ended,
          s.expires_at::text as session_expires_at, s.last_used_at::text, s.user_agent, u.id as user_id, u.email,
          u.role, u.status, u.access_version,
          exists (select 1 from refresh_tokens c where c.session_id = t.session_id and c.parent_hash = t.token_hash)
            as exchanged,
          exists (select 1 from refresh_tokens c where c.parent_hash = t.token_hash and c.used_at is not null) as followed,
          exists (select 1 from refresh_tokens c where c.parent_hash = t.parent_hash and c.token_hash <> t.token_hash
            and c.used_at is not null) as overtaken
        from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
        where t.token_hash = ${hash}`,
    TokenState,
  );
  return row;
}
