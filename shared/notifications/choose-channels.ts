import {
  matchesKind,
  type NotificationChannel,
  type NotificationKind,
  NotificationKinds,
  type NotificationPreferences,
} from "../contracts/notifications.ts";

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
