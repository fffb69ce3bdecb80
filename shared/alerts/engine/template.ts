import type { AlertRuleFields } from "../../contracts/alerts.ts";
import type { MetricUnit } from "../../contracts/metrics.ts";
import { findMetric } from "../catalogue.ts";
import { decimalOf } from "./decimal.ts";
import { compares } from "./judge.ts";
import type { InstanceState } from "./types.ts";

/** What a message may speak of. */
export interface MessageContext {
  fields: Pick<
    AlertRuleFields,
    "name" | "metric" | "condition" | "operator" | "threshold" | "window" | "for" | "level"
  >;
  /** Of the series. */
  labels: Record<string, string>;
  /** That caused the transition; of a change, in percent. */
  value: string | null;
  health: InstanceState["health"];
  /** ISO 8601. */
  at: string;
  /** Of prices; `null` where it is not known. */
  currency: string | null;
  /** What readings count, as they were sent; `null`: as the catalogue says. */
  unit: MetricUnit | null;
}

/** Labels may be long and named often. */
const LONGEST = 2000;

/** How the metrics of the catalogue are spoken of; others by their names. */
const SPOKEN: Record<string, string> = {
  "market.floor": "The floor",
  "market.last_price": "The last price",
  "market.listed_share": "The listed share",
  "market.sales": "The number of sales",
  "market.volume": "The volume",
  "market.average_price": "The average price",
  "market.top_sale": "The top sale",
  "market.record_sales": "The number of record sales",
  "market.wash_trade_share": "The share of wash trades",
  "activity.count": "The number of events",
  "host.cpu_percent": "CPU use",
  "host.load_1m": "The load",
  "host.memory_percent": "Memory use",
  "host.memory_used_bytes": "Used memory",
  "host.disk_percent": "Disk use",
  "host.disk_used_bytes": "Used disk space",
  "host.network_receive_bytes_per_second": "Received network traffic",
  "host.network_transmit_bytes_per_second": "Sent network traffic",
  "platform.alert_lag_ms": "What alert rules have left lying",
};

const UNITS: Partial<Record<MetricUnit, string>> = {
  percent: "%",
  bytes: "bytes",
  bytes_per_second: "bytes/s",
  per_second: "per second",
  milliseconds: "ms",
  seconds: "s",
  celsius: "°C",
};

const SIDES: Record<string, string> = {
  "<": "below",
  "<=": "at most",
  ">": "above",
  ">=": "at least",
  "==": "equal to",
  "!=": "other than",
};

const measuredIn = ({ fields, unit }: MessageContext): MetricUnit =>
  unit ?? findMetric(fields.metric)?.unit ?? "number";

function unitOf(context: MessageContext): string {
  const { fields, currency } = context;
  if (fields.condition === "change_percent") return "%";
  const unit = measuredIn(context);
  return unit === "price" ? (currency ?? "") : (UNITS[unit] ?? "");
}

/**
 * An alert's message: the rule's template with its placeholders filled in, or plain words where it has none. What is
 * filled in is text and stays as it is: a placeholder within a label or a name is not looked at again.
 */
export function renderMessage(template: string | null, context: MessageContext): string {
  if (template === null) return shortened(defaultMessage(context));
  return shortened(template.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_, name: string) => fill(name, context)));
}

function fill(name: string, context: MessageContext): string {
  const { fields, labels, value, at } = context;
  if (name.startsWith("labels.")) {
    const label = name.slice("labels.".length);
    return Object.hasOwn(labels, label) ? (labels[label] ?? "") : "";
  }
  if (name === "name" || name === "metric" || name === "level") return fields[name];
  if (name === "threshold" || name === "operator") return fields[name] ?? "";
  if (name === "value") return value ?? "no value";
  if (name === "unit") return unitOf(context);
  return name === "at" ? at : "";
}

function defaultMessage(context: MessageContext): string {
  const { fields, value, health } = context;
  const what = spokenOf(context);
  if (health === "error") return `${what} could not be read.`;
  if (fields.condition === "absence")
    return health === "no_data" ? `${what}: nothing came for ${fields.for}.` : `${what}: data come again.`;
  const { operator, threshold } = fields;
  if (value === null || operator === null || threshold === null) return `${what} has no value.`;
  if (fields.condition === "change_percent")
    return `${what} ${changed(value)} within ${fields.window ?? "the window"}; the limit is ${threshold} %.`;
  const bytes = ["bytes", "bytes_per_second"].includes(measuredIn(context));
  const side = `${SIDES[operator] ?? operator} ${bytes ? amountOf(threshold, context) : threshold}`;
  const compared = compares(decimalOf(value), operator, decimalOf(threshold)) ? side : `no longer ${side}`;
  return `${what} is ${amountOf(value, context)}, ${compared}.`;
}

const BYTE_SCALES = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A value with its unit. Bytes are scaled as on the page: nobody counts ten digits. */
function amountOf(value: string, context: MessageContext): string {
  const unit = measuredIn(context);
  if (unit === "bytes" || unit === "bytes_per_second") {
    const bytes = Number(value);
    const power = Math.floor(Math.log2(Math.abs(bytes) || 1) / 10);
    const scale = Math.min(BYTE_SCALES.length - 1, Math.max(0, power));
    const amount = scale === 0 ? brief(value) : String(Number((bytes / 1024 ** scale).toFixed(2)));
    return `${amount} ${BYTE_SCALES[scale]}${unit === "bytes" ? "" : "/s"}`;
  }
  const word = unitOf(context);
  return word === "" ? brief(value) : `${brief(value)} ${word}`;
}

/** "The floor of cryptopunks", "Disk use of web-1 (mount /)". */
function spokenOf({ fields, labels }: MessageContext): string {
  const subject = findMetric(fields.metric)?.subject ?? "";
  const of = Object.hasOwn(labels, subject) ? ` of ${labels[subject]}` : "";
  const others = Object.entries(labels).filter(([label]) => label !== subject);
  const beside = others.map(([label, value]) => `${label} ${value}`).join(", ");
  return `${SPOKEN[fields.metric] ?? fields.metric}${of}${beside === "" ? "" : ` (${beside})`}`;
}

function changed(percent: string): string {
  if (percent.startsWith("-")) return `fell by ${roughly(percent.slice(1))} %`;
  return Number(percent) === 0 ? "did not change" : `rose by ${roughly(percent)} %`;
}

/** As the page writes percentages. */
const roughly = (percent: string) => (/\.\d{3,}$/.test(percent) ? Number(percent).toFixed(2) : percent);

/** Without the digits of a quotient that nobody reads; the alert has the value whole. */
function brief(value: string): string {
  const [, whole = value, fraction = ""] = /^(-?[1-9]\d*)\.(\d{4})\d+$/.exec(value) ?? [];
  const digits = fraction.replace(/0+$/, "");
  return digits === "" ? whole : `${whole}.${digits}`;
}

const shortened = (text: string) => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);
