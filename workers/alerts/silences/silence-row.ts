import { and, eq } from "drizzle-orm";
import { type Silence, SilenceMatcher } from "../../../shared/contracts/alerts.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { silences } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

type SilenceRow = typeof silences.$inferSelect;

function stateOf(starts_at: string, ends_at: string, now: number): Silence["state"] {
  if (Date.parse(ends_at) <= now) return "ended";
  return Date.parse(starts_at) > now ? "waiting" : "active";
}

/** A silence as its owner sees it at `now` (ms since 1970). */
export function toSilence(row: SilenceRow, now: number): Silence {
  const starts_at = isoOfTimestamp(row.starts_at);
  const ends_at = isoOfTimestamp(row.ends_at);
  return {
    id: row.id,
    matchers: SilenceMatcher.array().parse(row.matchers),
    starts_at,
    ends_at,
    comment: row.comment,
    state: stateOf(starts_at, ends_at, now),
    created_by: row.created_by,
    created_at: isoOfTimestamp(row.created_at),
  };
}

/** For silences that do not exist and for those of others alike. */
export function noSuchSilence(): AppError {
  return new AppError("not_found", "You have no such silence.");
}

const mine = (ctx: Pick<Ctx, "actor">, id: string) =>
  and(eq(silences.id, id), eq(silences.user_id, ownerOf(ctx)));

/** @throws `not_found` */
export async function findSilence(ctx: Pick<Ctx, "db" | "actor" | "now">, id: string): Promise<Silence> {
  const [row] = await ctx.db.select().from(silences).where(mine(ctx, id));
  if (row === undefined) throw noSuchSilence();
  return toSilence(row, ctx.now());
}

/** One's silence, which nobody else changes until the commit. Throws `not_found`. */
export async function lockSilence(tx: Tx, ctx: Pick<Ctx, "actor" | "now">, id: string): Promise<Silence> {
  const [row] = await tx.select().from(silences).where(mine(ctx, id)).for("no key update");
  if (row === undefined) throw noSuchSilence();
  return toSilence(row, ctx.now());
}

/** What the audit log tells of a silence. */
export function auditedOf({ matchers, starts_at, ends_at, comment }: Silence): Record<string, unknown> {
  return { matchers, starts_at, ends_at, comment };
}
