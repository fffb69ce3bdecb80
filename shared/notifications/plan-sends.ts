import type {
  NotificationChannel,
  NotificationKind,
  NotificationLevel,
  NotificationPreferences,
} from "../contracts/notifications.ts";
import { quietUntil } from "../domain/quiet-hours.ts";
import { wantsChannel } from "./choose-channels.ts";

export interface PlannedSend {
  channel: Exclude<NotificationChannel, "in_app">;
  /** Ms since 1970. */
  due: number;
}

interface Occasion {
  kind: NotificationKind;
  level: NotificationLevel;
  now: number;
  /** When a digest of this kind is due that gathers already, ms since 1970. */
  gathering: number | null;
  slack: boolean;
}

/** What is to be sent, and when: level critical waits for nothing, the rest for quiet hours, and mails for a digest. */
export function planSends(preferences: NotificationPreferences, occasion: Occasion): PlannedSend[] {
  const { kind, level, now, gathering, slack } = occasion;
  const { digest, quiet_hours } = preferences;
  const waits = level !== "critical";
  const afterQuiet = (at: number) =>
    waits && quiet_hours !== null ? (quietUntil(at, quiet_hours) ?? at) : at;
  const sends: PlannedSend[] = [];
  if (wantsChannel(preferences, kind, "email")) {
    const gathered = waits && digest !== null ? (gathering ?? now + digest.window_s * 1000) : now;
    sends.push({ channel: "email", due: afterQuiet(gathered) });
  }
  if (slack && wantsChannel(preferences, kind, "slack"))
    sends.push({ channel: "slack", due: afterQuiet(now) });
  return sends;
}
