import type { z } from "zod";
import type { UserChangedData } from "../contracts/webhook-data.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { recordUserMessage, type UserMessages } from "../webhooks/record-user-message.ts";
import { wakeWebhooks } from "../webhooks/wake-webhooks.ts";
import { deliverNotificationsSoon } from "./deliver-soon.ts";
import { type NewNotification, notify } from "./notify.ts";

type Happened = Exclude<keyof UserMessages, "user.logged_in">;

/** What must be handed on after the commit. */
export interface Told {
  webhooks: string[];
  notifications: string[];
}

type Words = Pick<NewNotification, "kind" | "level" | "title" | "body">;

const UNASKED = "If this was not you, change your password and end the other sessions.";

const byWhom = ({ ip }: z.infer<typeof UserChangedData>) =>
  ip === null ? "An administrator did it." : `It was asked for from the address ${ip}. ${UNASKED}`;

const WORDS: { [Type in Happened]: (data: UserMessages[Type]) => Words } = {
  "user.password_changed": (data) => ({
    ...{ kind: "account.password_changed", level: "warning", title: "Your password was changed" },
    body: byWhom(data),
  }),
  "user.mfa_enabled": (data) => ({
    ...{ kind: "account.mfa_changed", level: "info", title: "Two-factor log-in was turned on" },
    body: byWhom(data),
  }),
  "user.mfa_disabled": (data) => ({
    ...{ kind: "account.mfa_changed", level: "warning", title: "Two-factor log-in was turned off" },
    body: byWhom(data),
  }),
  "user.api_key_created": ({ name, prefix }) => ({
    ...{ kind: "account.api_key_created", level: "info", title: `An API key was made: ${name}` },
    body: `It begins with ${prefix}. If this was not you, revoke it and change your password.`,
  }),
};

/**
 * Tells an account what happened to it by its own webhooks and by the ways that its preferences choose, in the
 * transaction of the cause and before its audit row. Hand the answer to `toldSoon` after the commit.
 */
export async function tellAccount<Type extends Happened>(
  tx: Pick<Tx, "select" | "insert" | "execute">,
  ctx: Pick<Ctx, "now">,
  type: Type,
  data: UserMessages[Type],
): Promise<Told> {
  const webhooks = await recordUserMessage(tx, ctx, type, data);
  const { user_id } = data;
  const about = "api_key_id" in data ? data.api_key_id : isoTime(ctx.now());
  const id = await notify(tx, ctx, { user_id, ...WORDS[type](data), cause: `${type}:${about}` });
  return { webhooks, notifications: id === null ? [] : [id] };
}

/** Sends what `tellAccount` has written, after the commit and after the answer. */
export function toldSoon(
  ctx: Parameters<typeof wakeWebhooks>[0] & Parameters<typeof deliverNotificationsSoon>[0],
  { webhooks, notifications }: Told,
): void {
  wakeWebhooks(ctx, webhooks);
  deliverNotificationsSoon(ctx, notifications);
}
