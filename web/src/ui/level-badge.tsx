import type { NotificationLevel } from "../../../shared/contracts/notifications.ts";

/** Signs beside the words, for those who do not see the colours. */
const SIGNS: Record<NotificationLevel, string> = { info: "i", warning: "!", error: "✕", critical: "‼" };

/** How bad something is: in a word, with a sign and a colour. */
export function LevelBadge({ level }: { level: NotificationLevel }) {
  return (
    <span className="badge level" data-level={level}>
      <span aria-hidden="true">{SIGNS[level]} </span>
      {level}
    </span>
  );
}
