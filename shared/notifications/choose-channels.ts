import {
  matchesKind,
  NotificationChannel,
  type NotificationKind,
  type NotificationPreferences,
  wantsChannel,
} from "../contracts/notifications.ts";

/** What a webhook is told of its own failure would fail too, and be told again. */
const ABOUT_WEBHOOKS = "webhook.*";

/**
 * By which channels a notification goes: those it names itself, else those that its user wants. One about webhooks
 * never goes by webhook.
 */
export function chooseChannels(
  preferences: Pick<NotificationPreferences, "rules">,
  { kind, channels }: { kind: NotificationKind; channels?: readonly NotificationChannel[] | undefined },
): ReadonlySet<NotificationChannel> {
  const chosen = NotificationChannel.options.filter((channel) =>
    channels === undefined ? wantsChannel(preferences, kind, channel) : channels.includes(channel),
  );
  const loops = matchesKind(ABOUT_WEBHOOKS, kind);
  return new Set(chosen.filter((channel) => channel !== "webhook" || !loops));
}
