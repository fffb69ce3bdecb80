import { and, eq, isNull, sql } from "drizzle-orm";
import { recordAudit } from "../../audit/record-audit.ts";
import { signing_keys } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { KEY_RING_MS } from "./key-ring.ts";
import { makeSigningKey } from "./signing-keys.ts";
import { ALGORITHM, CLOCK_SKEW_S } from "./token-shape.ts";

/** A new key is shown this long before it signs, so that whoever keeps a copy of the JWKS has it by then. */
export const ANNOUNCE_MS = 600_000;
/** Any number will do, as long as nothing else locks it. */
const ROTATION_LOCK = 7_359_363;

export interface Rotation {
  /** The new key, and from when it signs. */
  kid: string;
  active_from: string;
  /** The one before, and until when it verifies; `null` where there was none. */
  previous: { kid: string; retires_at: string } | null;
}

/**
 * Makes a new signing key. The one before signs until the new one's time has come, and verifies until the last token
 * that it signed has run out, in isolates with an old copy of the keys too.
 */
export async function rotateSigningKeys(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal" | "config" | "actor" | "client" | "trace">,
): Promise<Rotation> {
  // A row's lock is not enough: whoever waited for it would not see the key that was made meanwhile.
  await tx.execute(sql`select pg_advisory_xact_lock(${ROTATION_LOCK})`);
  const [before] = await tx
    .select({ kid: signing_keys.kid })
    .from(signing_keys)
    .where(and(eq(signing_keys.algorithm, ALGORITHM), isNull(signing_keys.retires_at)));
  const activeFrom = before === undefined ? ctx.now() : ctx.now() + ANNOUNCE_MS;
  const lastToken = (ctx.config.ACCESS_TOKEN_S + CLOCK_SKEW_S) * 1000;
  const retires_at = isoTime(activeFrom + KEY_RING_MS + lastToken);
  if (before !== undefined)
    await tx.update(signing_keys).set({ retires_at }).where(eq(signing_keys.kid, before.kid));
  const made = await makeSigningKey(ctx, activeFrom);
  await tx.insert(signing_keys).values(made);
  const previous = before === undefined ? null : { kid: before.kid, retires_at };
  await recordAudit(tx, ctx, {
    action: "signing_key.rotated",
    target: { type: "signing_key", id: made.kid },
    before: { kid: previous?.kid ?? null },
    after: {
      kid: made.kid,
      active_from: made.active_from,
      previous_retires_at: previous?.retires_at ?? null,
    },
  });
  return { kid: made.kid, active_from: made.active_from, previous };
}
