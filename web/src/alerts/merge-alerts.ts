import type { Alert } from "../../../shared/contracts/alerts.ts";
import type { NotificationLevel } from "../../../shared/contracts/notifications.ts";

/** Alerts by their ids, as they were told last, and when that was by `performance.now()`. */
export type Told = ReadonlyMap<string, { alert: Alert; at: number }>;

/** Puts alerts as they were told live among those told before; one that is older than what is known stays out. */
export function takeTold(told: Told, alerts: readonly Alert[], at: number): Told {
  const next = new Map(told);
  for (const alert of alerts) {
    const known = next.get(alert.id)?.alert;
    if (known === undefined || known.revision < alert.revision) next.set(alert.id, { alert, at });
  }
  return next;
}

/**
 * Leaves only what was told since `before`, at which everything was read by REST: an alert whose end nobody told would
 * stand for ever otherwise.
 */
export function forgetTold(told: Told, before: number): Told {
  const left = [...told].filter(([, { at }]) => at >= before);
  return left.length === told.size ? told : new Map(left);
}

const STATE_ORDER = { active: 0, acknowledged: 1, pending: 2, resolved: 3 } as const;
const LEVEL_ORDER: Record<NotificationLevel, number> = { critical: 0, error: 1, warning: 2, info: 3 };

/** What stands, by what was read and what was told since: the worst first, then the newest. */
export function standingAlerts(read: readonly Alert[], told: Told): Alert[] {
  // Lists that were read one after the other may have an alert twice, as it was and as it is.
  const known = new Map<string, Alert>();
  for (const alert of [...read, ...[...told.values()].map((each) => each.alert)]) {
    const before = known.get(alert.id);
    if (before === undefined || before.revision < alert.revision) known.set(alert.id, alert);
  }
  return [...known.values()].filter(({ state }) => state !== "resolved").sort(byUrgency);
}

function byUrgency(left: Alert, right: Alert): number {
  return (
    STATE_ORDER[left.state] - STATE_ORDER[right.state] ||
    LEVEL_ORDER[left.level] - LEVEL_ORDER[right.level] ||
    sinceOf(right).localeCompare(sinceOf(left)) ||
    left.id.localeCompare(right.id)
  );
}

/** Since when an alert is what it is, as far as that matters to its reader. */
export const sinceOf = ({ fired_at, started_at }: Alert) => fired_at ?? started_at;

/** What changed that a listener who does not look at the page should hear. */
export function announcementOf(before: Told, { id, state, name, message, revision }: Alert): string | null {
  const known = before.get(id)?.alert;
  if (known !== undefined && known.revision >= revision) return null;
  if (known?.state === state) return null;
  if (state === "active") return `New alert: ${name}. ${message}`;
  if (state === "resolved") return `Resolved: ${name}.`;
  return null;
}
