import { and, eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { ApiKey } from "../../../shared/auth/api-keys/schema.ts";
import { showKey } from "../../../shared/auth/api-keys/show-key.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { api_keys, users } from "../../../shared/db/schema/index.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { toldSoon } from "../../../shared/notifications/tell-account.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { countWebhooksOfKeys, moveWebhooksToKey } from "../../../shared/webhooks/webhooks-of-key.ts";
import { addKey } from "./add-key.ts";
import { noSuchKey } from "./read.ts";
import type { MadeApiKey } from "./schema.ts";

function refuseEnded({ status, replaced_by }: ApiKey): void {
  if (status !== "active")
    throw new AppError("conflict", `This API key is ${status}: make another by POST /api/v1/api-keys.`);
  if (replaced_by !== null)
    throw new AppError("conflict", `This API key was rotated before; ${replaced_by} took its place.`);
}

/** The successor lives as long as the key before it was made for. */
function endOf(old: ApiKey, now: number): string | null {
  if (old.expires_at === null) return null;
  return isoTime(now + Date.parse(old.expires_at) - Date.parse(old.created_at));
}

/**
 * Puts a new key of the same name, scopes, limit and lifetime in the place of one, which works for another `grace_s`
 * seconds, or until its own end where that is sooner. Webhooks that it made go on under the new one.
 * @throws `not_found`, or `conflict` for a key that ended or was rotated before.
 */
export async function rotateKey(
  ctx: Ctx & Answers<MadeApiKey>,
  id: string,
  grace_s: number,
): Promise<MadeApiKey> {
  const { user_id } = userOf(ctx);
  const now = ctx.now();
  const made = await ctx.transact(async (tx) => {
    const [row] = await tx
      .select({ key: api_keys, owner: { email: users.email, name: users.name } })
      .from(api_keys)
      .innerJoin(users, eq(users.id, api_keys.user_id))
      .where(and(eq(api_keys.id, id), eq(api_keys.user_id, user_id)))
      .for("update", { of: api_keys });
    if (row === undefined) throw noSuchKey();
    const old = showKey(row.key, now);
    refuseEnded(old);
    const { name, scopes, requests_per_minute } = row.key;
    const added = await addKey(tx, ctx, row.owner, {
      user_id,
      name,
      scopes,
      requests_per_minute,
      expires_at: endOf(old, now),
    });
    const graceEnds = isoTime(now + grace_s * 1000);
    const ends =
      row.key.expires_at === null || isoOfTimestamp(row.key.expires_at) > graceEnds
        ? graceEnds
        : isoOfTimestamp(row.key.expires_at);
    await tx.update(api_keys).set({ replaced_by: added.row.id, expires_at: ends }).where(eq(api_keys.id, id));
    await moveWebhooksToKey(tx, id, added.row.id);
    const moved = await countWebhooksOfKeys(tx, [added.row.id]);
    const shown = showKey(added.row, now, moved.get(added.row.id));
    await recordAudit(tx, ctx, {
      action: "api_key.rotated",
      target: { type: "api_key", id },
      before: { expires_at: old.expires_at },
      after: { expires_at: ends, replaced_by: shown.id, prefix: shown.prefix },
    });
    const answer = { ...shown, key: added.key };
    await ctx.keepAnswer?.(tx, answer);
    return { answer, mail: added.mail, told: added.told, old_hash: row.key.key_hash };
  });
  await ctx.gates.apiKey(made.old_hash).changed();
  sendMailSoon(ctx, made.mail);
  toldSoon(ctx, made.told);
  return made.answer;
}
