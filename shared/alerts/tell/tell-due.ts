import { sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../../db/instant.ts";
import { readRows } from "../../db/rows.ts";
import type { EngineCtx } from "../engine-ctx.ts";
import { afterCommit } from "./after-commit.ts";
import { escalate } from "./escalate.ts";
import { findGroups } from "./find-groups.ts";
import { NOTHING_TOLD } from "./record-transitions.ts";
import { tellGroup } from "./tell-group.ts";

/**
 * Tells a user what is due: groups that waited, repeats, what silences held back, and escalations. Who may not log in is
 * told nothing.
 * @returns when something is due next (ms since 1970); `null`: nothing is.
 */
export async function tellDue(ctx: EngineCtx, user_id: string): Promise<number | null> {
  for (const id of await findGroups(ctx.db, user_id, ctx.now())) {
    const told = await ctx.transact((tx) => tellGroup(tx, ctx, id));
    afterCommit(ctx, { ...NOTHING_TOLD, ...told });
  }
  const next = await nextDue(ctx, user_id);
  if (next.escalate_at === null || next.escalate_at > ctx.now()) return earliest(next);
  afterCommit(ctx, await ctx.transact((tx) => escalate(tx, ctx, user_id)));
  return earliest(await nextDue(ctx, user_id));
}

interface NextDue {
  group_at: number | null;
  escalate_at: number | null;
}

function earliest({ group_at, escalate_at }: NextDue): number | null {
  const times = [group_at, escalate_at].filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}

const Instant = TimeColumn.transform((iso) => Date.parse(iso)).nullable();

async function nextDue({ db }: Pick<EngineCtx, "db">, user_id: string): Promise<NextDue> {
  const [row] = await readRows(
    db,
    sql`select (select min(due_at)::text from alert_groups where user_id = u.id) as group_at,
        (select min(escalate_at)::text from alerts where user_id = u.id and escalate_at is not null) as escalate_at
      from users u where u.id = ${user_id} and u.status = 'active'`,
    z.object({ group_at: Instant, escalate_at: Instant }),
  );
  return row ?? { group_at: null, escalate_at: null };
}
