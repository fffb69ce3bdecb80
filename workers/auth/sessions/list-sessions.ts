import { sql } from "drizzle-orm";
import { z } from "zod";
import { deviceLabel } from "../../../shared/auth/sessions/device-label.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { SessionPage, SessionsQuery } from "./schema.ts";

const Row = z.object({
  id: z.string(),
  user_agent: z.string().nullable(),
  ip: z.string(),
  methods: z.array(z.string()),
  mfa_at: TimeColumn.nullable(),
  created_at: TimeColumn,
  last_used_at: TimeColumn,
  expires_at: TimeColumn,
});
/** When it was opened, and its id. */
const Key = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** The live sessions of whoever asks, newest first. */
export async function listSessions(
  ctx: Pick<Ctx, "db" | "actor" | "now" | "config">,
  { limit, cursor }: SessionsQuery,
): Promise<SessionPage> {
  const me = userOf(ctx);
  const scope = ["sessions", me.user_id];
  const key = cursor === undefined ? undefined : decodeCursor(cursor, scope, Key);
  const after = key === undefined ? sql`true` : sql`(created_at, id) < (${key[0]}::timestamptz, ${key[1]})`;
  const now = ctx.now();
  const rows = await readRows(
    ctx.db,
    sql`select id, user_agent, ip, to_jsonb(methods) as methods, mfa_at::text, created_at::text, last_used_at::text,
          expires_at::text
        from sessions
        where user_id = ${me.user_id} and ended_at is null and expires_at > ${isoTime(now)}
          and last_used_at > ${isoTime(now - ctx.config.SESSION_IDLE_S * 1000)} and ${after}
        order by sessions.created_at desc, id desc
        limit ${limit + 1}`,
    Row,
  );
  const data = rows.slice(0, limit).map((row) => ({
    ...row,
    current: row.id === me.session_id,
    device: deviceLabel(row.user_agent),
  }));
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(scope, [last.created_at, last.id]) : null };
}
