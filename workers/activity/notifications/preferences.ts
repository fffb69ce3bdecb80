import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import {
  type ChatChannel,
  DEFAULT_PREFERENCES,
  NotificationPreferences,
} from "../../../shared/contracts/notifications.ts";
import { notification_preferences, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { CHATS, chatPurpose } from "../../../shared/notifications/chats/chats.ts";
import { botOf, TelegramAddress } from "../../../shared/notifications/chats/telegram.ts";
import { judgeTarget } from "../../../shared/notifications/judge-target.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { checkWayOut } from "./check-way-out.ts";
import type { Preferences, PutPreferencesRequest } from "./schema.ts";

type Row = Pick<
  typeof notification_preferences.$inferSelect,
  "preferences" | "slack_url" | "discord_url" | "telegram" | "revision"
>;

const NEVER_SAID: Row = {
  ...{ preferences: DEFAULT_PREFERENCES, revision: 0 },
  ...{ slack_url: null, discord_url: null, telegram: null },
};

async function show({ seal }: Pick<Ctx, "seal">, user_id: string, row: Row): Promise<Preferences> {
  const open = async (channel: ChatChannel) => {
    const sealed = row[CHATS[channel].column];
    return sealed === null ? null : seal.open(chatPurpose(channel, user_id), sealed);
  };
  const [slack, discord, telegram] = await Promise.all([open("slack"), open("discord"), open("telegram")]);
  const bot = telegram === null ? null : TelegramAddress.parse(JSON.parse(telegram));
  return {
    ...NotificationPreferences.parse(row.preferences),
    slack: slack === null ? null : { host: new URL(slack).host },
    discord: discord === null ? null : { host: new URL(discord).host },
    telegram: bot === null ? null : { bot: botOf(bot), chat_id: bot.chat_id },
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

/** An address sealed; `null` removes it, and `undefined` leaves the one that is there. */
async function sealAddress(
  ctx: Ctx,
  user_id: string,
  { channel, address }: { channel: ChatChannel; address: string | null | undefined },
): Promise<string | null | undefined> {
  if (address == null) return address;
  const chat = CHATS[channel];
  const refusal = chat.refuse(address) ?? (await judgeTarget(ctx, chat.request(address, SAMPLE).url)).refusal;
  if (refusal !== null)
    throw new AppError("invalid_request", `${chat.column}: ${refusal}.`, {
      details: [{ pointer: `/${chat.column}`, message: refusal }],
    });
  return ctx.seal.seal(chatPurpose(channel, user_id), address);
}
const SAMPLE = { level: "info" as const, title: "", body: "" };

/** Which chats there is an address of, for the audit log. */
function chatsOf(row: Pick<Row, "slack_url" | "discord_url" | "telegram">) {
  return {
    slack: row.slack_url !== null,
    discord: row.discord_url !== null,
    telegram: row.telegram !== null,
  };
}

/**
 * Puts preferences in the place of those that were. They count for what happens from then on; what waits already
 * stays as it was planned.
 * @throws `stale_edit`, `forbidden` for a key that names a way out, or `invalid_request` for an address that messages may not go to.
 */
export async function putPreferences(
  ctx: Ctx,
  { slack_url, discord_url, telegram, ...preferences }: PutPreferencesRequest,
  expected: ExpectedTags,
): Promise<Preferences> {
  const user_id = ownerOf(ctx);
  if (slack_url != null || discord_url != null || telegram != null) checkWayOut(ctx);
  const [slack, discord, bot] = await Promise.all([
    sealAddress(ctx, user_id, { channel: "slack", address: slack_url }),
    sealAddress(ctx, user_id, { channel: "discord", address: discord_url }),
    sealAddress(ctx, user_id, { channel: "telegram", address: telegram && JSON.stringify(telegram) }),
  ]);
  const after = await ctx.transact(async (tx) => {
    // The account is locked, since the first change has no row of its own to lock.
    await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("update");
    const before = await readRow(tx, user_id);
    expectRevision(expected, before);
    const row = {
      preferences,
      slack_url: slack === undefined ? before.slack_url : slack,
      discord_url: discord === undefined ? before.discord_url : discord,
      telegram: bot === undefined ? before.telegram : bot,
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
      before: { ...NotificationPreferences.parse(before.preferences), ...chatsOf(before) },
      after: { ...preferences, ...chatsOf(row) },
    });
    return row;
  });
  return show(ctx, user_id, after);
}
