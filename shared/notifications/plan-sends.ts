import type {
  ChatChannel,
  NotificationChannel,
  NotificationLevel,
  NotificationPreferences,
} from "../contracts/notifications.ts";
import { quietUntil } from "../domain/quiet-hours.ts";
import { pushChannel } from "./push/push-channel.ts";

export interface PlannedSend {
  /** `email`, a chat, or one browser: see `pushChannel`. */
  channel: string;
  /** Ms since 1970. */
  due: number;
}

interface Occasion {
  level: NotificationLevel;
  channels: ReadonlySet<NotificationChannel>;
  now: number;
  /** When a digest of this kind is due that gathers already, ms since 1970. */
  gathering: number | null;
  /** Those with an address. */
  chats: readonly ChatChannel[];
  /** Ids of the subscriptions of the user's browsers. */
  browsers: readonly string[];
}

/** What is to be sent, and when: level critical waits for nothing, the rest for quiet hours, and mails for a digest. */
export function planSends(
  { digest, quiet_hours }: Pick<NotificationPreferences, "digest" | "quiet_hours">,
  { level, channels, now, gathering, chats, browsers }: Occasion,
): PlannedSend[] {
  const waits = level !== "critical";
  const afterQuiet = (at: number) =>
    waits && quiet_hours !== null ? (quietUntil(at, quiet_hours) ?? at) : at;
  const sends: PlannedSend[] = [];
  if (channels.has("email")) {
    const gathered = waits && digest !== null ? (gathering ?? now + digest.window_s * 1000) : now;
    sends.push({ channel: "email", due: afterQuiet(gathered) });
  }
  for (const channel of chats) if (channels.has(channel)) sends.push({ channel, due: afterQuiet(now) });
  if (channels.has("push"))
    sends.push(...browsers.map((id) => ({ channel: pushChannel(id), due: afterQuiet(now) })));
  return sends;
}
