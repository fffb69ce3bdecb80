import { z } from "zod";
import type { Permission } from "./access.ts";
import { ClockTime, JsonValue, TimeZone } from "./primitives.ts";

export const NotificationLevel = z.enum(["info", "warning", "error", "critical"], {
  error: "must be info, warning, error or critical",
});
export type NotificationLevel = z.infer<typeof NotificationLevel>;

interface Kind {
  says: string;
  /** Whether it is mailed unless its user says otherwise; what has a mail of its own is not mailed twice. */
  mailed: boolean;
  /** What its user must hold when it is sent by mail, chat or push; `null`: it is about the account itself. */
  needs: Permission | null;
}

/** Every kind of notification, named `subject.what_happened`. */
const KINDS = {
  "webhook.failing": {
    says: "A webhook endpoint fails message after message",
    mailed: false,
    needs: "webhooks:read",
  },
  "webhook.disabled": { says: "A webhook endpoint was turned off", mailed: false, needs: "webhooks:read" },
  "alert.fired": {
    says: "An alert rule fired, or its alert was withdrawn",
    mailed: true,
    needs: "alerts:read",
  },
  "alert.resolved": { says: "What an alert rule fired for is over", mailed: false, needs: "alerts:read" },
  "alert.rule_failed": { says: "An alert rule cannot be evaluated", mailed: false, needs: "alerts:read" },
  "account.new_device": { says: "A device that was never seen logged in", mailed: false, needs: null },
  "account.failed_logins": { says: "Many log-ins failed one after the other", mailed: false, needs: null },
  "account.password_changed": { says: "The password was changed", mailed: false, needs: null },
  "account.mfa_changed": { says: "Two-factor log-in was turned on or off", mailed: false, needs: null },
  "account.api_key_created": { says: "An API key was made", mailed: false, needs: null },
  "account.access_changed": {
    says: "The role, the plan or the permissions changed",
    mailed: false,
    needs: null,
  },
  "task.finished": { says: "A long task has ended", mailed: false, needs: "activity:read" },
  "report.ready": { says: "A report is ready", mailed: true, needs: "reports:read" },
  "monitoring.alarm": { says: "The platform itself is not well", mailed: true, needs: "monitoring:read" },
  broadcast: { says: "An administrator tells every user something", mailed: true, needs: null },
} as const satisfies Record<string, Kind>;

export type NotificationKind = keyof typeof KINDS;
export const NotificationKind = z.enum(Object.keys(KINDS) as [NotificationKind, ...NotificationKind[]], {
  error: "must be a kind that exists, such as alert.fired",
});
export const NotificationKinds: Readonly<Record<NotificationKind, Kind>> = KINDS;

/** Ways by which a notification reaches its user. */
export const NotificationChannel = z.enum([
  "in_app",
  "email",
  "push",
  "slack",
  "discord",
  "telegram",
  "webhook",
]);
export type NotificationChannel = z.infer<typeof NotificationChannel>;

/** The channels that are chats, each with an address of its own. */
export const ChatChannel = NotificationChannel.extract(["slack", "discord", "telegram"]);
export type ChatChannel = z.infer<typeof ChatChannel>;

/** A kind, all kinds of a subject (`webhook.*`), or `*`. */
const KindPattern = z
  .string()
  .max(64)
  .refine(
    (pattern) => NotificationKind.options.some((kind) => matchesKind(pattern, kind)),
    "must be *, a kind such as alert.fired, or the kinds of a subject such as alert.*",
  );

/** Whether a pattern of the preferences means a kind. */
export function matchesKind(pattern: string, kind: NotificationKind): boolean {
  if (pattern === "*" || pattern === kind) return true;
  return pattern.endsWith(".*") && kind.startsWith(pattern.slice(0, -1));
}

/** From `start` to before `end` by the clocks of the zone, over midnight where `end` is the earlier one. */
export const QuietHours = z
  .strictObject({
    start: ClockTime,
    end: ClockTime,
    time_zone: TimeZone,
  })
  .refine(({ start, end }) => start !== end, { path: ["end"], error: "must differ from start" })
  .meta({ id: "QuietHours" });
export type QuietHours = z.infer<typeof QuietHours>;

export const NotificationRule = z
  .strictObject({
    kind: KindPattern.meta({ example: "webhook.*" }),
    channels: z
      .strictObject({
        in_app: z.boolean().optional(),
        email: z.boolean().optional(),
        push: z.boolean().optional(),
        slack: z.boolean().optional(),
        discord: z.boolean().optional(),
        telegram: z.boolean().optional(),
        webhook: z.boolean().optional(),
      })
      .refine((channels) => Object.keys(channels).length > 0, "must name a channel"),
  })
  .meta({ id: "NotificationRule" });

/** What a user wants to be told, and how. Of the rules that speak of a kind and a channel, the narrowest counts. */
export const NotificationPreferences = z
  .strictObject({
    rules: z
      .array(NotificationRule)
      .max(50)
      .refine(
        (rules) => new Set(rules.map(({ kind }) => kind)).size === rules.length,
        "must not name a kind twice",
      ),
    /** Mails and messages wait for their end, save those of level critical. */
    quiet_hours: QuietHours.nullable(),
    /** Mails of one kind within so many seconds become one. */
    digest: z
      .strictObject({ window_s: z.int().min(10, "must be at least 10").max(86_400, "must be at most 86400") })
      .nullable(),
  })
  .meta({ id: "NotificationPreferences" });
export type NotificationPreferences = z.infer<typeof NotificationPreferences>;

/** The longer a pattern, the fewer kinds it means; `*` is the shortest. */
function bySpecificity(left: { kind: string }, right: { kind: string }): number {
  return right.kind.length - left.kind.length;
}

/** Whether a user wants a kind by a channel: the narrowest rule that speaks of both, else what is usual. */
export function wantsChannel(
  { rules }: Pick<NotificationPreferences, "rules">,
  kind: NotificationKind,
  channel: NotificationChannel,
): boolean {
  const [said] = rules
    .filter((rule) => matchesKind(rule.kind, kind) && rule.channels[channel] !== undefined)
    .sort(bySpecificity);
  return said?.channels[channel] ?? (channel !== "email" || NotificationKinds[kind].mailed);
}

/** Of who never said anything. */
export const DEFAULT_PREFERENCES: NotificationPreferences = { rules: [], quiet_hours: null, digest: null };

/** A browser that shows notifications, without what it takes to reach it. */
export const PushDevice = z
  .object({
    id: z.string(),
    /** Of the push service, such as `fcm.googleapis.com`. */
    host: z.string(),
    /** The browser in words, as far as it said. */
    user_agent: z.string().nullable(),
    created_at: z.string(),
    /** When the push service last took a message for it. */
    last_used_at: z.string().nullable(),
  })
  .meta({ id: "PushDevice" });
export type PushDevice = z.infer<typeof PushDevice>;

/** What the service worker of the page is pushed, and shows. */
export const PushMessage = z.object({
  id: z.string(),
  kind: z.string(),
  level: NotificationLevel,
  title: z.string(),
  body: z.string(),
  at: z.string(),
});
export type PushMessage = z.infer<typeof PushMessage>;

export const Notification = z
  .object({
    id: z.string(),
    kind: z.string(),
    level: NotificationLevel,
    title: z.string(),
    body: z.string(),
    data: JsonValue.nullable(),
    created_at: z.string(),
    read_at: z.string().nullable(),
    archived_at: z.string().nullable(),
  })
  .meta({ id: "Notification" });
export type Notification = z.infer<typeof Notification>;
