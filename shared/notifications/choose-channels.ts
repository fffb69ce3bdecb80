import {
  matchesKind,
  NotificationChannel,
  type NotificationKind,
  NotificationKinds,
  type NotificationPreferences,
} from "../contracts/notifications.ts";

/** The longer a pattern, the fewer kinds it means; `*` is the shortest. */
function bySpecificity(left: { kind: string }, right: { kind: string }): number {
  return right.kind.length - left.kind.length;
}

/** What a webhook is told of its own failure would fail too, and be told again. */
const ABOUT_WEBHOOKS = "webhook.*";

/** Whether a user wants a kind by a channel: the narrowest rule that speaks of both, else what is usual. */
function wantsChannel(
  { rules }: Pick<NotificationPreferences, "rules">,
  kind: NotificationKind,
  channel: NotificationChannel,
): boolean {
  const [said] = rules
    .filter((rule) => matchesKind(rule.kind, kind) && rule.channels[channel] !== undefined)
    .sort(bySpecificity);
  return said?.channels[channel] ?? (channel !== "email" || NotificationKinds[kind].mailed);
}

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
