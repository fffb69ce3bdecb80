import { and, eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { isPasswordExpired } from "../../../shared/auth/password/password-expiry.ts";
import { deviceLabel } from "../../../shared/auth/sessions/device-label.ts";
import { type OpenedSession, openSession } from "../../../shared/auth/sessions/open-session.ts";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { issueAccessToken } from "../../../shared/auth/tokens/issue-access-token.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { sessions, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { newDeviceMail } from "../../../shared/mail/templates/new-device.ts";
import { deliverNotificationsSoon } from "../../../shared/notifications/deliver-soon.ts";
import { notify } from "../../../shared/notifications/notify.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { recordUserMessage } from "../../../shared/webhooks/record-user-message.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { wrongCredentials } from "./check-credentials.ts";
import { type RememberedDevice, rememberDevice } from "./remember-device.ts";
import { requireActive } from "./require-active.ts";

type User = typeof users.$inferSelect;

export interface OpenedLogin {
  user: User;
  session: OpenedSession;
  device: RememberedDevice;
  mails: string[];
  notifications: string[];
  /** Endpoints that have something due. */
  webhooks: string[];
  /** The gate of the account must read it anew. */
  changed: boolean;
}

/** Whether the account was used from the same address with the same program before: no news to its owner. */
async function isSeenBefore(tx: Tx, { client }: Pick<Ctx, "client">, user_id: string): Promise<boolean> {
  const [seen] = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.user_id, user_id),
        eq(sessions.ip, client.ip),
        eq(sessions.user_agent, client.user_agent ?? ""),
      ),
    )
    .limit(1);
  return seen !== undefined;
}

/** What must be handed on after the commit: nothing where the device is no news. */
interface DeviceTold {
  mails: string[];
  notifications: string[];
}
const NO_NEWS: DeviceTold = { mails: [], notifications: [] };

async function tellOfDevice(tx: Tx, ctx: Ctx, user: User, device: RememberedDevice): Promise<DeviceTold> {
  // The first log-in of all is no surprise.
  if (device.device_token === undefined || user.last_login_at === null) return NO_NEWS;
  if (await isSeenBefore(tx, ctx, user.id)) return NO_NEWS;
  const content = newDeviceMail({ name: user.name, at: ctx.now(), client: ctx.client });
  const mail = await enqueueMail(tx, ctx, "new_device", { to: user.email, ...content });
  const { ip, user_agent } = ctx.client;
  const id = await notify(tx, ctx, {
    user_id: user.id,
    ...{ kind: "account.new_device", level: "warning", title: "A new device logged in to your account" },
    body: `${user_agent === null ? "A program" : deviceLabel(user_agent)} logged in from the address ${ip}. If this was not you, change your password and end the other sessions.`,
    cause: `account.new_device:${device.device_id}`,
  });
  return { mails: [mail], notifications: id === null ? [] : [id] };
}

function mustChange(ctx: Pick<Ctx, "config" | "now">, user: User): boolean {
  const changed_at = user.password_changed_at;
  const at = changed_at === null ? null : Date.parse(isoOfTimestamp(changed_at));
  return user.must_change_password || isPasswordExpired(ctx.config, at, ctx.now());
}

/**
 * Opens a session for who has proved the account to be theirs; the audit row is written, so nothing may follow.
 * @param given `isStillGood`: whether what was proved before the transaction still holds of the account in it.
 */
export async function openLogin(
  tx: Tx,
  ctx: Ctx,
  given: {
    user_id: string;
    methods: string[];
    mfa: boolean;
    device_token: string | undefined;
    isStillGood: (user: User) => boolean;
  },
): Promise<OpenedLogin> {
  const [user] = await tx.select().from(users).where(eq(users.id, given.user_id)).for("update");
  if (user === undefined || !given.isStillGood(user)) throw wrongCredentials();
  requireActive(user.status);
  // A factor that was set up since the password was checked must be proved too.
  if (user.mfa_enabled_at !== null && !given.mfa) throw wrongCredentials();
  const device = await rememberDevice(tx, ctx, user.id, given.device_token);
  const told = await tellOfDevice(tx, ctx, user, device);
  const must_change_password = mustChange(ctx, user);
  const at = isoTime(ctx.now());
  // Only what the gate must hear of is a change of the account.
  const updated_at = must_change_password === user.must_change_password ? user.updated_at : at;
  await tx
    .update(users)
    .set({ last_login_at: at, must_change_password, updated_at })
    .where(eq(users.id, user.id));
  const { user_id, methods, mfa } = given;
  const session = await openSession(tx, ctx, { user_id, methods, mfa, device_id: device.device_id });
  const { ip, user_agent } = ctx.client;
  const webhooks = await recordUserMessage(tx, ctx, "user.logged_in", {
    user_id: user.id,
    session_id: session.session_id,
    ip,
    user_agent,
  });
  await recordAudit(tx, ctx, {
    action: "user.logged_in",
    target: { type: "user", id: user.id },
    actor: { type: "user", id: user.id },
    after: {
      session_id: session.session_id,
      methods,
      device_id: device.device_id,
      new_device: device.device_token !== undefined,
    },
  });
  const changed = session.evicted > 0 || must_change_password !== user.must_change_password;
  return { user, session, device, ...told, webhooks, changed };
}

/** The tokens of a session that was opened, after its commit. */
export async function answerLogin(ctx: Ctx, opened: OpenedLogin): Promise<TokenAnswer> {
  const { user, session, device } = opened;
  if (opened.changed) await accessChanged(ctx, user.id);
  sendMailSoon(ctx, ...opened.mails);
  deliverNotificationsSoon(ctx, opened.notifications);
  wakeWebhooks(ctx, opened.webhooks);
  const issued = await issueAccessToken(ctx, { user, session_id: session.session_id });
  return {
    ...issued,
    refresh_token: session.refresh_token,
    token_type: "Bearer",
    ...(device.device_token !== undefined && { device_token: device.device_token }),
  };
}
