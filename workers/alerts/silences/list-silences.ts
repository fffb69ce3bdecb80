import { and, desc, eq, gt, lte, sql } from "drizzle-orm";
import { silences } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { beyond, pageOf } from "../paging.ts";
import type { SilencePage, SilencesQuery } from "./schema.ts";
import { toSilence } from "./silence-row.ts";

/** The silences of whoever asks, newest first. */
export async function listSilences(
  ctx: Pick<Ctx, "db" | "actor" | "now">,
  { state, limit, cursor }: SilencesQuery,
): Promise<SilencePage> {
  const user_id = ownerOf(ctx);
  const at = isoTime(ctx.now());
  const states = {
    waiting: gt(silences.starts_at, at),
    active: and(lte(silences.starts_at, at), gt(silences.ends_at, at)),
    ended: lte(silences.ends_at, at),
  };
  const scope = ["silences", user_id, state ?? null];
  const rows = await ctx.db
    .select()
    .from(silences)
    .where(
      and(
        eq(silences.user_id, user_id),
        state && states[state],
        beyond(cursor, scope, sql`(${silences.created_at}, ${silences.id})`),
      ),
    )
    .orderBy(desc(silences.created_at), desc(silences.id))
    .limit(limit + 1);
  const { page, next_cursor } = pageOf(rows, limit, scope);
  return { data: page.map((row) => toSilence(row, ctx.now())), next_cursor };
}
