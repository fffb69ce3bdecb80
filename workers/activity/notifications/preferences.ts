import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { DEFAULT_PREFERENCES, NotificationPreferences } from "../../../shared/contracts/notifications.ts";
import { notification_preferences, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { judgeTarget } from "../../../shared/notifications/judge-target.ts";
import { slackPurpose } from "../../../shared/notifications/send-to-slack.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { checkWayOut } from "./check-way-out.ts";
import type { Preferences, PutPreferencesRequest } from "./schema.ts";

type Row = Pick<typeof notification_preferences.$inferSelect, "preferences" | "slack_url" | "revision">;

const NEVER_SAID: Row = { preferences: DEFAULT_PREFERENCES, slack_url: null, revision: 0 };

async function show({ seal }: Pick<Ctx, "seal">, user_id: string, row: Row): Promise<Preferences> {
  const url = row.slack_url === null ? null : await seal.open(slackPurpose(user_id), row.slack_url);
  return {
    ...NotificationPreferences.parse(row.preferences),
    slack: url === null ? null : { host: new URL(url).host },
    revision: row.revision,
  };
}

async function readRow(db: Pick<Tx, "select"> | Pick<Ctx["db"], "select">, user_id: string): Promise<Row> {
  const [row] = await db
    .select()
    .from(notification_preferences)
    .where(eq(notification_preferences.user_id, user_id));
  return row ?? NEVER_SAID;
}

/** What whoever asks wants to be told, and how. */
export async function readPreferences(ctx: Ctx): Promise<Preferences> {
  const user_id = ownerOf(ctx);
  return show(ctx, user_id, await readRow(ctx.db, user_id));
}

async function sealSlackUrl(ctx: Ctx, user_id: string, url: string): Promise<string> {
  const { refusal } = await judgeTarget(ctx, url);
  if (refusal !== null)
    throw new AppError("invalid_request", `slack_url: ${refusal}.`, {
      details: [{ pointer: "/slack_url", message: refusal }],
    });
  return ctx.seal.seal(slackPurpose(user_id), url);
}

/**
 * Puts preferences in the place of those that were. They count for what happens from then on; what waits already
 * stays as it was planned.
 * @throws `stale_edit`, `forbidden` for a key that may only read, or `invalid_request` for an address that messages may not go to.
 */
export async function putPreferences(
  ctx: Ctx,
  { slack_url: asked, ...preferences }: PutPreferencesRequest,
  expected: ExpectedTags,
): Promise<Preferences> {
  const user_id = ownerOf(ctx);
  if (asked != null) checkWayOut(ctx);
  const sealed = asked == null ? asked : await sealSlackUrl(ctx, user_id, asked);
  const after = await ctx.transact(async (tx) => {
    // The account is locked, since the first change has no row of its own to lock.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("update");
    const before = await readRow(tx, user_id);
    expectRevision(expected, before);
    const row = {
      preferences,
      slack_url: sealed === undefined ? before.slack_url : sealed,
      revision: before.revision + 1,
      updated_at: isoTime(ctx.now()),
    };
    await tx
      .insert(notification_preferences)
      .values({ user_id, ...row })
      .onConflictDoUpdate({ target: notification_preferences.user_id, set: row });
    await recordAudit(tx, ctx, {
      action: "notification_preferences.changed",
      target: { type: "user", id: user_id },
      before: { ...NotificationPreferences.parse(before.preferences), slack: before.slack_url !== null },
      after: { ...preferences, slack: row.slack_url !== null },
    });
    return row;
  });
  return show(ctx, user_id, after);
}
