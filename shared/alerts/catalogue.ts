import type { MetricDefinition, MetricUnit } from "../contracts/metrics.ts";
import { sha256Hex } from "../platform/bytes.ts";

function market(
  name: string,
  unit: MetricUnit,
  shape: "step" | "windowed",
  description: string,
): MetricDefinition {
  return {
    name: `market.${name}`,
    unit,
    shape,
    labels: ["collection"],
    subject: "collection",
    owner: "everyone",
    default_window: shape === "windowed" ? "1h" : null,
    description,
  };
}

function sampled(
  owner: "user" | "platform",
  label: "host" | "component",
  name: string,
  unit: MetricUnit,
  description: string,
): MetricDefinition {
  const labels = [label];
  return { name, unit, shape: "sampled", labels, subject: label, owner, default_window: null, description };
}

const host = (name: string, unit: MetricUnit, description: string) =>
  sampled("user", "host", `host.${name}`, unit, description);
const platform = (name: string, unit: MetricUnit, description: string) =>
  sampled("platform", "component", `platform.${name}`, unit, description);

/** Every metric that XSEMA knows by itself. */
export const METRICS: readonly MetricDefinition[] = [
  market("floor", "price", "step", "Lowest price of an open listing"),
  market("last_price", "price", "step", "Price per item of the newest sale"),
  market("listed_share", "percent", "step", "Share of the supply that is listed"),
  market("sales", "count", "windowed", "Sales in the window"),
  market("volume", "price", "windowed", "What the sales in the window brought in all"),
  market("average_price", "price", "windowed", "Volume of the window by the items sold in it"),
  market("top_sale", "price", "windowed", "Highest price per item in the window"),
  market("record_sales", "count", "windowed", "Sales in the window above every sale before them"),
  market(
    "wash_trade_share",
    "percent",
    "windowed",
    "Share of the window's volume in sales to the seller, or back to a wallet that sold the token in the window",
  ),
  {
    name: "activity.count",
    unit: "count",
    shape: "windowed",
    labels: ["type"],
    subject: "type",
    owner: "user",
    default_window: "1h",
    description: "One's own activity events in the window",
  },
  host("cpu_percent", "percent", "How busy the processors are, all together"),
  host("load_1m", "number", "Load average of one minute"),
  host("memory_percent", "percent", "Memory that programs use"),
  host("memory_used_bytes", "bytes", "Memory that programs use"),
  host("disk_percent", "percent", "How full a file system is (label mount)"),
  host("disk_used_bytes", "bytes", "What lies on a file system (label mount)"),
  host("network_receive_bytes_per_second", "bytes_per_second", "Received (label interface)"),
  host("network_transmit_bytes_per_second", "bytes_per_second", "Sent (label interface)"),
  platform("flush_lag_ms", "milliseconds", "How long the oldest event has waited for the database"),
  platform("unflushed_events", "count", "Events that are not in the database yet"),
  platform("connections", "count", "Open live connections"),
  platform("queue_backlog", "count", "Jobs that wait"),
  platform("requests_per_second", "per_second", "Requests answered"),
  platform("error_rate", "percent", "Share of requests answered with a server error"),
  platform("request_p95_ms", "milliseconds", "95 of 100 requests were answered within"),
  platform("provider_circuits_open", "count", "Providers that are not asked, since they failed"),
  platform("webhook_backlog", "count", "Webhook deliveries that wait"),
  platform("alert_lag_ms", "milliseconds", "How long the oldest event or reading has waited for alert rules"),
];

const BY_NAME = new Map(METRICS.map((metric) => [metric.name, metric]));

/** First parts of names that nobody can push. */
export const RESERVED_PREFIXES = ["market", "activity", "portfolio", "platform", "xsema"] as const;

/** Whether readings under this name may be pushed: any name whose first part is not XSEMA's own. */
export function isPushable(name: string): boolean {
  const [prefix] = name.split(".");
  return !RESERVED_PREFIXES.some((reserved) => reserved === prefix);
}

/** Whether series of this metric may have labels beside those of its definition: whoever pushes decides. */
export const hasFreeLabels = (definition: MetricDefinition) => isPushable(definition.name);

/** Metrics without a history: only the value that is in force now can be compared. */
export const isKnownNowOnly = (definition: MetricDefinition) => definition.name === "market.listed_share";

/**
 * What is known of a metric. A name that is in no catalogue and may be pushed is its user's own reading;
 * `undefined`: there is no such metric, and can be none.
 */
export function findMetric(name: string): MetricDefinition | undefined {
  const known = BY_NAME.get(name);
  if (known !== undefined || !isPushable(name)) return known;
  return sampled("user", "host", name, "number", "A reading that was pushed");
}

/** The subject of rules that look at every series. */
export const EVERY_SUBJECT = "*";

/** What rules are found by: the value of the metric's subject label, or `*` where it is left out. */
export function subjectOf(definition: Pick<MetricDefinition, "subject">, labels: Record<string, string>) {
  return (definition.subject === null ? undefined : labels[definition.subject]) ?? EVERY_SUBJECT;
}

/** The same of a series, which has a subject or none (`""`), and never every one. */
export function seriesSubjectOf(
  definition: Pick<MetricDefinition, "subject">,
  labels: Record<string, string>,
) {
  return (definition.subject === null ? undefined : labels[definition.subject]) ?? "";
}

/** Whether a series has all labels that a rule names. */
export function matchesLabels(wanted: Record<string, string>, series: Record<string, string>): boolean {
  return Object.entries(wanted).every(([label, value]) => series[label] === value);
}

/** Labels as one text, the same whatever order they came in. */
export function canonicalLabels(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** What a series is known by beside its metric: hex SHA-256 of its labels in order. */
export const fingerprintOf = (labels: Record<string, string>) => sha256Hex(canonicalLabels(labels));
