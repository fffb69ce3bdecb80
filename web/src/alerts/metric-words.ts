import type { AlertCondition } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition, MetricUnit } from "../../../shared/contracts/metrics.ts";
import { shortenAmount } from "../format/price.ts";

const UNITS: Partial<Record<MetricUnit, string>> = {
  percent: "%",
  bytes_per_second: "B/s",
  per_second: "/s",
  milliseconds: "ms",
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

/** A metric as it is chosen by: what it means, before what it is called. */
export function metricTitle({ name, description }: MetricDefinition): string {
  return `${description} (${name})`;
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
