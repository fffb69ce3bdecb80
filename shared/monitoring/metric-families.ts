import { NotificationLevel } from "../contracts/notifications.ts";
import { REQUEST_BUCKETS_S, type RequestCount, type RoomStatus } from "../contracts/room.ts";
import { alertLag } from "./judge-components.ts";
import type { Look } from "./look-at-platform.ts";
import { type MetricFamily, numberText, type Sample } from "./prometheus-text.ts";

const STATUSES = ["ok", "degraded", "down", "unknown"] as const;
const CIRCUITS = ["closed", "half_open", "open"] as const;

/** Everything of `GET /metrics`. What is not known has no series, so that `absent()` finds it. */
export function metricFamilies(
  { at, probe, backlog, components }: Look,
  requests: readonly RequestCount[] | null,
  version: string,
): MetricFamily[] {
  const { rooms, queue, providers } = probe;
  const gauge = (name: string, help: string, samples: Sample[]): MetricFamily => ({
    name: `xsema_${name}`,
    type: "gauge",
    help,
    samples,
  });
  const one = (value: number | null | undefined): Sample[] =>
    value === null || value === undefined ? [] : [{ value }];
  return [
    gauge("build_info", "1, with the version that runs.", [{ labels: { version }, value: 1 }]),
    {
      name: "http_server_request_duration_seconds",
      type: "histogram",
      help: "How long requests took until their answer began.",
      samples: (requests ?? []).flatMap(histogramOf),
    },
    gauge(
      "component_status",
      "1 for the status that a part of the platform has, 0 for the others.",
      components.flatMap(({ name: component, status }) =>
        STATUSES.map((each) => ({
          labels: { component, status: each },
          value: each === status ? 1 : 0,
        })),
      ),
    ),
    gauge("connections", "Open live connections.", byKind(rooms, sumOf("connections"))),
    gauge(
      "unflushed_events",
      "Events that are not in the database yet.",
      byKind(rooms, sumOf("unflushed"), "collection"),
    ),
    gauge(
      "flush_lag_seconds",
      "How long the oldest event has waited for the database.",
      byKind(rooms, (own) => Math.max(0, ...own.map((room) => room.flush_lag_ms)) / 1000, "collection"),
    ),
    gauge(
      "set_aside_events",
      "Events that the database refuses for good.",
      byKind(rooms, sumOf("set_aside"), "collection"),
    ),
    gauge("queue_backlog_jobs", "Jobs that wait in the queue.", one(queue?.backlog)),
    gauge("webhook_deliveries_pending", "Webhook deliveries that wait.", one(backlog?.webhooks_pending)),
    gauge(
      "provider_circuit_state",
      "1 for the state that a provider's circuit is in, 0 for the others.",
      providers.flatMap(({ name: provider, gate }) =>
        gate === null
          ? []
          : CIRCUITS.map((state) => ({
              labels: { provider, state },
              value: state === gate.circuit ? 1 : 0,
            })),
      ),
    ),
    gauge(
      "provider_stream_topics",
      "Collections that a provider's stream should bring, by whether it does.",
      providers.flatMap(({ name: provider, feed }) =>
        feed == null
          ? []
          : [
              { labels: { provider, state: "joined" }, value: feed.joined.length },
              { labels: { provider, state: "not_joined" }, value: feed.not_joined?.length ?? 0 },
            ],
      ),
    ),
    gauge(
      "alerts_active",
      "Alerts that stand, active or acknowledged.",
      backlog === null
        ? []
        : NotificationLevel.options.map((level) => ({ labels: { level }, value: backlog.alerts[level] })),
    ),
    gauge(
      "alert_lag_seconds",
      "How long the oldest of what came has waited for alert rules to be evaluated.",
      one(backlog && alertLag(backlog, at) / 1000),
    ),
    gauge(
      "alert_engines_behind",
      "Engines of alerts that have left something lying for 30 s or more.",
      one(backlog?.alerts_engines_behind),
    ),
  ];
}

const sumOf =
  (figure: "connections" | "unflushed" | "set_aside") =>
  (own: readonly RoomStatus[]): number =>
    own.reduce((sum, room) => sum + room[figure], 0);

/** One sample for each kind of room, so that there are no more of them the more rooms there are. */
function byKind(
  rooms: readonly RoomStatus[] | null,
  figure: (own: RoomStatus[]) => number,
  ...only: RoomStatus["kind"][]
): Sample[] {
  if (rooms === null) return [];
  const kinds = only.length > 0 ? only : (["collection", "relay", "user"] as const);
  return kinds.map((kind) => ({
    labels: { kind },
    value: figure(rooms.filter((room) => room.kind === kind)),
  }));
}

/** Buckets of the format count everything up to their bound. */
function histogramOf({ method, route, status, count, sum_s, buckets }: RequestCount): Sample[] {
  const labels = { method, route, status };
  let below = 0;
  const cumulated = [...REQUEST_BUCKETS_S, Number.POSITIVE_INFINITY].map((bound, bucket): Sample => {
    below += buckets[bucket] ?? 0;
    return { suffix: "_bucket", labels: { ...labels, le: numberText(bound) }, value: below };
  });
  return [...cumulated, { suffix: "_sum", labels, value: sum_s }, { suffix: "_count", labels, value: count }];
}
