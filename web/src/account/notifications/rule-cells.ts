import {
  matchesKind,
  type NotificationChannel,
  NotificationKind,
  type NotificationPreferences,
  wantsChannel,
} from "../../../../shared/contracts/notifications.ts";

type Rules = NotificationPreferences["rules"];

/** Kinds that are chosen together, as a pattern of the rules, and what they are about. */
export const GROUPS = [
  { pattern: "alert.*", about: "Alerts" },
  { pattern: "report.ready", about: "Reports" },
  { pattern: "task.finished", about: "Long tasks" },
  { pattern: "account.*", about: "Your account" },
  { pattern: "webhook.*", about: "Your webhooks" },
  { pattern: "monitoring.alarm", about: "The platform itself" },
  { pattern: "broadcast", about: "News from the administrators" },
] as const;

/** Where the rules stand for a group: `null` where its kinds differ. */
export function readCell(rules: Rules, pattern: string, channel: NotificationChannel): boolean | null {
  const kinds = NotificationKind.options.filter((kind) => matchesKind(pattern, kind));
  const wanted = new Set(kinds.map((kind) => wantsChannel({ rules }, kind, channel)));
  return wanted.size > 1 ? null : wanted.has(true);
}

/** The rules with a channel turned on or off for a whole group; what else they say stays. */
export function writeCell(
  rules: Rules,
  pattern: string,
  { channel, on }: { channel: NotificationChannel; on: boolean },
): Rules {
  const isInside = (kind: string) =>
    kind !== pattern && NotificationKind.options.some((each) => each === kind && matchesKind(pattern, each));
  const others = rules
    .filter(({ kind }) => kind !== pattern)
    .map((rule) => {
      if (!isInside(rule.kind)) return rule;
      const { [channel]: _, ...channels } = rule.channels;
      return { ...rule, channels };
    })
    .filter(({ channels }) => Object.keys(channels).length > 0);
  const own = rules.find(({ kind }) => kind === pattern);
  return [...others, { kind: pattern, channels: { ...own?.channels, [channel]: on } }];
}
