import { z } from "@hono/zod-openapi";
import {
  Notification,
  NotificationKind,
  NotificationLevel,
  NotificationPreferences,
} from "../../../shared/contracts/notifications.ts";
import { freeText, lineText } from "../../../shared/contracts/primitives.ts";
import { TelegramAddress } from "../../../shared/notifications/chats/telegram.ts";
import { Cursor, limit, oneOf, pathId } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const YesNo = oneOf(["true", "false"]).transform((word) => word === "true");

export const NotificationParams = z.object({
  id: pathId("ntf", "notification"),
});

export const NotificationsQuery = query({
  unread: YesNo.optional().openapi({ type: "boolean", description: "Only unread ones, or only read ones" }),
  archived: YesNo.prefault("false").openapi({
    type: "boolean",
    default: false,
    description: "What was put away, in place of what was not",
  }),
  kind: oneOf(NotificationKind.options).optional().openapi({ description: "Only those of this kind" }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type NotificationsQuery = z.output<typeof NotificationsQuery>;

export const NotificationPage = z
  .object({
    data: z.array(Notification),
    next_cursor: z.string().nullable(),
    unread_count: z
      .int()
      .openapi({ description: "Unread and not archived, whatever the page was asked for" }),
  })
  .openapi("NotificationPage");
export type NotificationPage = z.infer<typeof NotificationPage>;

export const AllRead = z
  .object({ read: z.int().openapi({ description: "How many were unread" }) })
  .openapi("AllNotificationsRead");

export const PutPreferencesRequest = NotificationPreferences.extend({
  slack_url: z.string().trim().max(2000).nullable().optional().openapi({
    description: "Of a Slack-compatible incoming webhook; left out, it stays, and null removes it",
    example: "https://hooks.slack.com/services/T000/B000/XXXX",
  }),
  discord_url: z.string().trim().max(500).nullable().optional().openapi({
    description: "Of a webhook of a Discord channel; left out, it stays, and null removes it",
    example: "https://discord.com/api/webhooks/1234567890/abcdefghijklmnopqrstuvwxyz",
  }),
  telegram: TelegramAddress.nullable()
    .optional()
    .openapi({
      description: "A bot and the chat it writes to; left out, it stays, and null removes it",
      example: { bot_token: "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", chat_id: "-1001234567890" },
    }),
}).openapi("PutNotificationPreferencesRequest");
export type PutPreferencesRequest = z.output<typeof PutPreferencesRequest>;

export const Preferences = NotificationPreferences.extend({
  slack: z.object({ host: z.string() }).nullable().openapi({
    description: "Where chat messages go; the address itself is not shown, since it is a secret",
  }),
  discord: z.object({ host: z.string() }).nullable(),
  telegram: z.object({ bot: z.string(), chat_id: z.string() }).nullable().openapi({
    description: "The number of the bot and where it writes; its token is not shown",
  }),
  revision: z.int().openapi({ description: "For `If-Match`; 0 before the first change" }),
}).openapi("NotificationPreferencesAnswer");
export type Preferences = z.infer<typeof Preferences>;

export const BroadcastRequest = z
  .strictObject({
    level: NotificationLevel.default("info"),
    title: lineText(200),
    body: freeText(2000),
    cause: z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9_.:-]+$/, 'must be letters, digits, "_", ".", ":" or "-"')
      .openapi({
        description: "A name of yours: nobody is told of one cause twice",
        example: "maintenance-2026-12-01",
      }),
  })
  .openapi("BroadcastRequest");
export type BroadcastRequest = z.output<typeof BroadcastRequest>;

export const BroadcastAnswer = z
  .object({ cause: z.string(), status: z.literal("queued") })
  .openapi("BroadcastAnswer");
