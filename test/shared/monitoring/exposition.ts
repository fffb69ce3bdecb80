/**
 * A strict reader of Prometheus' text format, version 0.0.4, written from its document
 * (https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md) and the data model: whatever the
 * document does not allow is an error, and so is what it asks for and is missing.
 */
export interface Exposed {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  help: string | null;
  type: string | null;
  samples: Exposed[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

function fail(line: string, why: string): never {
  throw new Error(`${why}: ${JSON.stringify(line)}`);
}

function readNumber(text: string, line: string): number {
  if (!NUMBER.test(text)) fail(line, "no number as Go's ParseFloat reads it");
  if (text.endsWith("Inf")) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}

function unescaped(text: string, allowed: string, line: string): string {
  return text.replace(/\\(.?)/gs, (_, next: string) => {
    if (next === "" || !allowed.includes(next)) fail(line, `\\${next} is no escape`);
    return next === "n" ? "\n" : next;
  });
}

/** Labels from behind the brace, and what comes after them. */
function readLabels(text: string, line: string): { labels: Record<string, string>; rest: string } {
  const labels: Record<string, string> = {};
  let rest = text;
  while (!rest.startsWith("}")) {
    const [name] = LABEL.exec(rest) ?? fail(line, "no name of a label");
    if (name.startsWith("__")) fail(line, "names with __ are Prometheus' own");
    rest = rest.slice(name.length);
    const [whole, value = ""] = /^="((?:[^"\\\n]|\\.)*)"/.exec(rest) ?? fail(line, "no value of a label");
    if (name in labels) fail(line, "a label stands there twice");
    labels[name] = unescaped(value, '\\"n', line);
    rest = rest.slice(whole.length);
    if (rest.startsWith(",")) rest = rest.slice(1);
    else if (!rest.startsWith("}")) fail(line, "neither , nor } after a label");
  }
  return { labels, rest: rest.slice(1) };
}

function readSample(line: string): Exposed {
  const [name] = NAME.exec(line) ?? fail(line, "no name of a metric");
  let rest = line.slice(name.length);
  let labels: Record<string, string> = {};
  if (rest.startsWith("{")) ({ labels, rest } = readLabels(rest.slice(1), line));
  const [, value = "", timestamp] = /^[ \t]+(\S+)(?:[ \t]+(\S+))?$/.exec(rest) ?? fail(line, "no value");
  if (timestamp !== undefined && !/^-?\d+$/.test(timestamp)) fail(line, "no timestamp");
  return { name, labels, value: readNumber(value, line) };
}

/** Families by their names. Throws at the first thing that is not as it must be. */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line must end with a line feed");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current: string | null = null;
  const enter = (name: string, line: string): Family => {
    const known = families.get(name);
    if (known !== undefined && current !== name) fail(line, "lines of one metric must be one group");
    current = name;
    const family = known ?? { help: null, type: null, samples: [] };
    families.set(name, family);
    return family;
  };
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "") continue;
    const comment = /^#[ \t]+(HELP|TYPE)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (NAME.exec(name)?.[0] !== name) fail(line, "no name of a metric");
      const family = enter(name, line);
      if (kind === "HELP") {
        if (family.help !== null) fail(line, "a second HELP");
        family.help = unescaped(rest, "\\n", line);
      } else {
        if (family.type !== null) fail(line, "a second TYPE");
        if (family.samples.length > 0) fail(line, "TYPE must stand before the first sample");
        if (!TYPES.has(rest)) fail(line, "no such type");
        family.type = rest;
      }
      continue;
    }
    if (line.startsWith("#")) continue;
    const sample = readSample(line);
    const base = sample.name.replace(/_(?:bucket|sum|count)$/, "");
    const of = families.get(base)?.type === "histogram" ? base : sample.name;
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(key)) fail(line, "a series stands there twice");
    seen.add(key);
    enter(of, line).samples.push(sample);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function checkFamily(name: string, { type, help, samples }: Family): void {
  // The format allows none; ours has both everywhere.
  if (type === null || help === null) throw new Error(`${name} has no HELP or no TYPE`);
  if (samples.length === 0) throw new Error(`${name} has no sample`);
  if (type === "counter" && !name.endsWith("_total")) throw new Error(`${name}: counters end with _total`);
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: Exposed[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...others } }) =>
    JSON.stringify(Object.entries(others).sort()),
  );
  for (const [labels, group] of groups) {
    const about = `${name}${labels}`;
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const count = group.filter((sample) => sample.name === `${name}_count`);
    const sum = group.filter((sample) => sample.name === `${name}_sum`);
    if (count.length !== 1 || sum.length !== 1) throw new Error(`${about} needs one _sum and one _count`);
    if (group.length !== buckets.length + 2) throw new Error(`${about} has other samples`);
    let bound = -Infinity;
    let below = 0;
    for (const { labels: own, value } of buckets) {
      const le = readNumber(own.le ?? "", `${about} le`);
      if (le <= bound) throw new Error(`${about}: buckets must come in the order of their bounds`);
      if (value < below) throw new Error(`${about}: a bucket counts less than the one below it`);
      bound = le;
      below = value;
    }
    if (bound !== Infinity) throw new Error(`${about} has no bucket +Inf`);
    if (below !== count[0]?.value) throw new Error(`${about}: +Inf must be as much as _count`);
  }
}
