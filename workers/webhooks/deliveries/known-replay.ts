import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { deliveries, webhooks } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { WebhookRow } from "../endpoints/webhook-row.ts";
import { Replayed, type ReplayRequest } from "./schema.ts";

/** Asked for again within this time, a replay is the same one: somebody pressed twice, or lost the answer. */
const SAME_MS = 60_000;
/** Of one webhook. */
const MOST_KEPT = 20;

const StoredReplay = z.object({ asked: z.string(), at: z.iso.datetime(), answer: Replayed });
const StoredReplays = z.array(StoredReplay).catch([]);

/** A replay by what was asked for, as it was asked, of the webhook as it is: where no end is named, that is part of it. */
export function nameOfReplay({ revision }: WebhookRow, { since, until, event_types }: ReplayRequest): string {
  return JSON.stringify([revision, since, until ?? null, event_types?.toSorted() ?? null]);
}

/**
 * The answer to an equal replay of a locked webhook that was asked for just now, or of which something still waits to
 * be sent; `null`: there is none.
 */
export async function findReplay(
  tx: Tx,
  webhook: WebhookRow,
  { asked, now }: { asked: string; now: number },
): Promise<Replayed | null> {
  const known = StoredReplays.parse(webhook.replays).findLast((replay) => replay.asked === asked);
  if (known === undefined) return null;
  if (now - Date.parse(known.at) < SAME_MS) return known.answer;
  const [waiting] = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.webhook_id, webhook.id),
        eq(deliveries.created_at, known.at),
        eq(deliveries.cause, "replay"),
        eq(deliveries.status, "pending"),
      ),
    )
    .limit(1);
  return waiting === undefined ? null : known.answer;
}

/** Keeps what a replay was answered, in its transaction. */
export async function keepReplay(
  tx: Tx,
  webhook: WebhookRow,
  { asked, now, answer }: { asked: string; now: number; answer: Replayed },
): Promise<void> {
  const others = StoredReplays.parse(webhook.replays).filter((replay) => replay.asked !== asked);
  const replays = [...others.slice(1 - MOST_KEPT), { asked, at: isoTime(now), answer }];
  await tx.update(webhooks).set({ replays }).where(eq(webhooks.id, webhook.id));
}
