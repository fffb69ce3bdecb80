import { mfaPurpose } from "../../shared/auth/mfa/take-step.ts";
import { signingKeyPurpose } from "../../shared/auth/tokens/signing-keys.ts";
import { mailPurpose } from "../../shared/mail/enqueue-mail.ts";
import { chatPurpose } from "../../shared/notifications/chats/chats.ts";
import { pushPurpose } from "../../shared/notifications/push/subscription.ts";
import { idempotencyPurpose } from "../../shared/platform/http/idempotent.ts";
import { headersPurpose, secretPurpose } from "../../shared/webhooks/secrets.ts";
import { successorPurpose } from "../../workers/auth/sessions/claim-refresh-token.ts";

/** A column of sealed text. Names go into SQL as they are: they are written here and come from nowhere else. */
export interface SealedColumn {
  what: string;
  table: string;
  /** Its primary key, of one or two columns. */
  key: [first: string, second?: string];
  column: string;
  /** What a row's text is sealed for. */
  purpose(first: string, second: string): string;
}

/** Every column that holds sealed text; a test finds what is missing here. Those that guard the most come first. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  {
    what: "signing keys",
    table: "signing_keys",
    key: ["kid"],
    column: "private_jwk",
    purpose: signingKeyPurpose,
  },
  { what: "TOTP secrets", table: "users", key: ["id"], column: "mfa_secret", purpose: mfaPurpose },
  { what: "webhook secrets", table: "webhooks", key: ["id"], column: "secret", purpose: secretPurpose },
  {
    what: "webhook secrets from before a rotation",
    table: "webhooks",
    key: ["id"],
    column: "previous_secret",
    purpose: secretPurpose,
  },
  { what: "webhook headers", table: "webhooks", key: ["id"], column: "headers", purpose: headersPurpose },
  {
    what: "Slack addresses",
    table: "notification_preferences",
    key: ["user_id"],
    column: "slack_url",
    purpose: (user_id) => chatPurpose("slack", user_id),
  },
  {
    what: "Discord addresses",
    table: "notification_preferences",
    key: ["user_id"],
    column: "discord_url",
    purpose: (user_id) => chatPurpose("discord", user_id),
  },
  {
    what: "Telegram bots",
    table: "notification_preferences",
    key: ["user_id"],
    column: "telegram",
    purpose: (user_id) => chatPurpose("telegram", user_id),
  },
  {
    what: "push subscriptions",
    table: "push_subscriptions",
    key: ["id"],
    column: "subscription",
    purpose: pushPurpose,
  },
  { what: "waiting mails", table: "mails", key: ["id"], column: "content", purpose: mailPurpose },
  {
    what: "refresh tokens just replaced",
    table: "refresh_tokens",
    key: ["token_hash"],
    column: "successor",
    purpose: successorPurpose,
  },
  {
    what: "kept answers",
    table: "idempotency_keys",
    key: ["actor_id", "key"],
    column: "body",
    purpose: (actor_id, key) => idempotencyPurpose({ actor_id, key }),
  },
];
