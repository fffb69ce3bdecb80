import type { RoomStatus } from "../../../shared/contracts/room.ts";
import type { Findings } from "../../../shared/monitoring/judge-components.ts";
import type { Probe } from "../../../shared/monitoring/probe.ts";
import type { Backlog } from "../../../shared/monitoring/read-backlog.ts";

export const NOW = Date.parse("2026-01-01T12:00:00Z");

export function aRoomStatus(partial: Partial<RoomStatus> = {}): RoomStatus {
  return {
    ...{ room: "punks", kind: "collection", connections: 3, subscriptions: 3, head: 9, flushed: 9 },
    ...{ unflushed: 5, flush_lag_ms: 1500, flush_error: null, set_aside: 0 },
    ...{ flush_failing: false, notice: null, fault: null },
    reported_at: "2026-01-01T11:59:59Z",
    ...partial,
  };
}

/** A platform that is well; name only what the test is about. */
export function aProbe(partial: Partial<Probe> = {}): Probe {
  return {
    rooms: [aRoomStatus(), aRoomStatus({ room: "usr_1", kind: "user", connections: 2, unflushed: 0 })],
    requests: { requests: 600, per_second: 10, error_rate: 0.5, p95_ms: 42 },
    queue: { backlog: 4, oldest_at: NOW - 1000 },
    providers: [{ name: "opensea", gate: { circuit: "closed", refuses_until: null } }],
    ...partial,
  };
}

export function aBacklog(partial: Partial<Backlog> = {}): Backlog {
  return {
    ...{ webhooks_pending: 7, webhooks_overdue: 0, mails_overdue: 0, mails_refused: 0, alerts_due_at: null },
    alerts: { info: 1, warning: 2, error: 0, critical: 0 },
    ...{ alerts_behind_at: null, alerts_engines_behind: 0 },
    ...partial,
  };
}

export function someFindings({
  probe,
  ...partial
}: Partial<Omit<Findings, "probe">> & { probe?: Partial<Probe> } = {}): Findings {
  return {
    ...{ now: NOW, probe: aProbe(probe), backlog: aBacklog(), database_ms: 3, sends_mail: true },
    ...partial,
  };
}
