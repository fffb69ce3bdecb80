import type { AlertCondition } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition, MetricUnit } from "../../../shared/contracts/metrics.ts";
import { shortenAmount } from "../format/price.ts";

const UNITS: Partial<Record<MetricUnit, string>> = {
  percent: "%",
  bytes_per_second: "B/s",
  per_second: "/s",
  milliseconds: "ms",
  seconds: "s",
  celsius: "°C",
};

/** What numbers of a metric count, in few characters; empty where that goes without saying. */
export function unitWord(unit: MetricUnit | undefined): string {
  return unit === undefined ? "" : (UNITS[unit] ?? "");
}

const BYTE_SCALES = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function bytesText(value: string): string {
  const bytes = Number(value);
  const scale = Math.min(
    BYTE_SCALES.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.abs(bytes) || 1) / 10)),
  );
  return `${(bytes / 1024 ** scale).toFixed(scale === 0 ? 0 : 1)} ${BYTE_SCALES[scale]}`;
}

/** A value for the eye; the exact one belongs in the title. */
export function valueText(value: string, unit: MetricUnit | undefined, condition?: AlertCondition): string {
  if (condition === "change_percent") return `${shortenAmount(roughly(value))?.text ?? value} %`;
  if (unit === "bytes") return bytesText(value);
  if (unit === "bytes_per_second") return `${bytesText(value)}/s`;
  const word = unitWord(unit);
  const text = shortenAmount(unit === "price" ? value : roughly(value))?.text ?? value;
  return word === "" ? text : `${text} ${word}`;
}

/** Nobody reads more than two digits after the point of a percentage. */
const roughly = (value: string) => (/\.\d{3,}$/.test(value) ? Number(value).toFixed(2) : value);

const SPOKEN: Record<string, string> = {
  "market.floor": "Floor",
  "market.last_price": "Last price",
  "market.listed_share": "Listed share",
  "market.sales": "Number of sales",
  "market.volume": "Volume",
  "market.average_price": "Average price",
  "market.top_sale": "Top sale",
  "market.record_sales": "Number of record sales",
  "market.wash_trade_share": "Share of wash trades",
  "activity.count": "Number of activity events",
  "host.cpu_percent": "CPU use",
  "host.load_1m": "Load",
  "host.memory_percent": "Memory use",
  "host.memory_used_bytes": "Used memory",
  "host.disk_percent": "Disk use",
  "host.disk_used_bytes": "Used disk space",
  "host.network_receive_bytes_per_second": "Received network traffic",
  "host.network_transmit_bytes_per_second": "Sent network traffic",
  "platform.flush_lag_ms": "Flush lag",
  "platform.unflushed_events": "Unflushed events",
  "platform.connections": "Live connections",
  "platform.queue_backlog": "Queue backlog",
  "platform.requests_per_second": "Requests",
  "platform.error_rate": "Server errors",
  "platform.request_p95_ms": "95 % answered within",
  "platform.provider_circuits_open": "Providers that failed",
  "platform.webhook_backlog": "Webhook backlog",
  "platform.alert_lag_ms": "Alert lag",
};

/** How a metric is spoken of; one of the user's own by its name. */
export function metricName(name: string): string {
  return Object.hasOwn(SPOKEN, name) ? (SPOKEN[name] ?? name) : name;
}

/** A metric as it is chosen by: how it is spoken of, and what that means. */
export function metricTitle({ name, description }: MetricDefinition): string {
  const what = metricName(name);
  return what === name ? name : `${what}: ${description.charAt(0).toLowerCase()}${description.slice(1)}`;
}

const GROUPS: readonly { owner: string; title: string }[] = [
  { owner: "market", title: "Collections" },
  { owner: "host", title: "Hosts" },
  { owner: "activity", title: "My activity" },
  { owner: "platform", title: "The platform" },
];

/** Metrics by where they come from; under other names are those that were pushed. */
export function groupMetrics(
  metrics: readonly MetricDefinition[],
): { title: string; metrics: MetricDefinition[] }[] {
  const groupOf = ({ name }: MetricDefinition) =>
    GROUPS.find(({ owner }) => name.startsWith(`${owner}.`))?.title ?? "My own readings";
  const grouped = Map.groupBy(metrics, groupOf);
  return [...GROUPS.map(({ title }) => title), "My own readings"].flatMap((title) => {
    const found = grouped.get(title);
    return found === undefined ? [] : [{ title, metrics: found }];
  });
}
