import { alertLag } from "./judge-components.ts";
import type { Probe } from "./probe.ts";
import type { Backlog } from "./read-backlog.ts";

export interface PlatformReading {
  name: string;
  value: string;
}

/** Decimal text without an exponent; figures of the platform need no more than six digits after the point. */
const decimal = (value: number) => value.toFixed(6).replace(/\.?0+$/, "");

/** What a look says, under the names of the catalogue. What nobody could tell has no reading: it is no zero. */
export function platformReadings({
  at,
  probe,
  backlog,
}: {
  at: number;
  probe: Probe;
  backlog: Backlog | null;
}): PlatformReading[] {
  const { rooms, requests, queue, providers } = probe;
  const gates = providers.flatMap(({ gate }) => (gate === null ? [] : [gate]));
  const figures: Record<string, number | null | undefined> = {
    flush_lag_ms: rooms && Math.max(0, ...rooms.map(({ flush_lag_ms }) => flush_lag_ms)),
    unflushed_events: rooms?.reduce((sum, { unflushed }) => sum + unflushed, 0),
    connections: rooms?.reduce((sum, { connections }) => sum + connections, 0),
    queue_backlog: queue?.backlog,
    requests_per_second: requests?.per_second,
    error_rate: requests?.error_rate,
    request_p95_ms: requests?.p95_ms,
    provider_circuits_open:
      gates.length === providers.length ? gates.filter(({ circuit }) => circuit !== "closed").length : null,
    webhook_backlog: backlog?.webhooks_pending,
    alert_lag_ms: backlog && alertLag(backlog, at),
  };
  return Object.entries(figures).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [{ name: `platform.${name}`, value: decimal(value) }],
  );
}
