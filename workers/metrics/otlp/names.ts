import type { Labels } from "../../../shared/metrics/series.ts";
import type { Attributes } from "./schema.ts";

/**
 * A name as a metric's: dots and colons stay, letters become small, whatever else is no letter or digit becomes `_`. A
 * part that does not begin with a letter joins the one before: `system.cpu.load_average.1m` is
 * `system.cpu.load_average_1m`; the first then begins with `_`.
 */
export function metricName(name: string): string {
  const words = name
    .toLowerCase()
    .split(".")
    .map((word) => word.replace(/[^a-z0-9_:]/g, "_"))
    .filter((word) => word !== "");
  const parts: string[] = [];
  for (const word of words) {
    const before = parts.pop();
    if (/^[a-z]/.test(word)) parts.push(...(before === undefined ? [] : [before]), word);
    else if (before !== undefined) parts.push(`${before}_${word}`.replace(/__+/g, "_"));
    else parts.push(/^\d/.test(word) ? `_${word}` : word);
  }
  return parts.join(".") || "_";
}

/** An attribute's name as a label's: `http.route` is `http_route`. */
export const labelName = (key: string) =>
  key
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, "_")
    .replace(/^(?=\d)/, "_");

/** The attribute as text; `""` where there is none. `null`: lists, maps and bytes, which no label holds. */
function textOf(value: Attributes[number]["value"]): string | null {
  const { stringValue, boolValue, intValue, doubleValue } = value ?? {};
  const scalar = stringValue ?? boolValue ?? intValue ?? doubleValue;
  if (scalar !== undefined && scalar !== null) return String(scalar);
  return value === null || value === undefined ? "" : null;
}

/** The value of the first of these attributes that is there. */
export function attribute(attributes: Attributes, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const found = attributes.find((entry) => entry.key === key);
    const text = found === undefined ? null : textOf(found.value);
    if (text !== null && text !== "") return text;
  }
  return undefined;
}

/** Attributes as labels; an empty one is as good as none. Text says why they cannot be labels. */
export function labelsOf(attributes: Attributes): Labels | string {
  const labels = new Map<string, string>();
  for (const { key, value } of attributes) {
    const text = textOf(value);
    if (text === null) return `attribute ${key} is no text, number or truth value, so no label can hold it`;
    if (text === "") continue;
    if (key === "") return "an attribute has no key, so no label can be named by it";
    const name = labelName(key);
    if (name === "__proto__") return `attribute ${key} has a name that no label can have`;
    if (labels.has(name)) return `two attributes would be the label ${name}`;
    labels.set(name, text);
  }
  return Object.fromEntries(labels);
}

/** Labels that every point of a resource has: who measured. */
export function resourceLabels(attributes: Attributes): Labels {
  const named = {
    host: attribute(attributes, "host.name"),
    service: attribute(attributes, "service.name"),
    service_instance: attribute(attributes, "service.instance.id"),
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])),
  );
}
