import type { SampleInput } from "../../../shared/contracts/metrics.ts";
import type { GivenSample } from "./sample.ts";

/** A line that holds a sample, or why it holds none. Lines count from 1. */
export type ReadLine = { line: number; sample: GivenSample } | { line: number; refused: string };

type Family = { type: string; unit?: string };

/** Both formats; OpenMetrics counts seconds where the older one counts milliseconds, and says where it ends. */
export type Format = "prometheus" | "openmetrics";

/** Why a whole body cannot be taken. The message ends a sentence. */
export class ExpositionError extends Error {}

const NAME = /[a-zA-Z_:][\w:.-]*/y;
const BLANKS = /[ \t]*/y;
/** A text in quotes: what stands behind a backslash is part of it. */
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const TOKEN = /[^ \t#]+/y;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** Labels of one sample; more are not looked at. */
const MOST_LABELS = 100;

/**
 * Reads the text that Prometheus scrapes
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format,
 * https://prometheus.io/docs/specs/om/open_metrics_spec/), each line by itself. Takes linear time.
 * @throws ExpositionError where OpenMetrics does not end as it must, so that something may be missing.
 */
export function readExposition(text: string, format: Format): ReadLine[] {
  const families = new Map<string, Family>();
  const read: ReadLine[] = [];
  let ended = false;
  for (const [i, raw] of text.split("\n").entries()) {
    const content = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (content.trim() === "") continue;
    if (ended) throw new ExpositionError("goes on after # EOF");
    if (content.startsWith("#")) {
      ended = format === "openmetrics" && content === "# EOF";
      readComment(content, families);
      continue;
    }
    const line = i + 1;
    const sample = new LineReader(content).read(format);
    read.push(
      typeof sample === "string"
        ? { line, refused: sample }
        : { line, sample: { ...sample, ...kindOf(sample.name, families) } },
    );
  }
  if (format === "openmetrics" && !ended) throw new ExpositionError("does not end with # EOF: it is cut off");
  return read;
}

const COMMENT = /^#[ \t]+(TYPE|UNIT)[ \t]+(?:"((?:[^"\\]|\\.)*)"|([^ \t]+))[ \t]+([^ \t]+)[ \t]*$/;

function readComment(content: string, families: Map<string, Family>): void {
  const [, what, quoted, plain, value = ""] = COMMENT.exec(content) ?? [];
  const name = quoted === undefined ? plain : unescaped(quoted);
  if (what === undefined || name === undefined) return;
  const family = families.get(name) ?? { type: "unknown" };
  families.set(name, what === "TYPE" ? { ...family, type: value } : { ...family, unit: value });
}

/** What a sample of a family is, by what its name has more than the family's. */
const PARTS: Readonly<
  Record<string, Readonly<Record<string, { type: SampleInput["type"]; unit: boolean }>>>
> = {
  counter: { "": { type: "counter", unit: true }, _total: { type: "counter", unit: true } },
  histogram: {
    _bucket: { type: "counter", unit: false },
    _count: { type: "counter", unit: false },
    _sum: { type: "counter", unit: true },
  },
  summary: {
    "": { type: "gauge", unit: true },
    _count: { type: "counter", unit: false },
    _sum: { type: "counter", unit: true },
  },
  gaugehistogram: {
    _bucket: { type: "gauge", unit: false },
    _gcount: { type: "gauge", unit: false },
    _gsum: { type: "gauge", unit: true },
  },
  gauge: { "": { type: "gauge", unit: true } },
  info: { "": { type: "gauge", unit: false }, _info: { type: "gauge", unit: false } },
  stateset: { "": { type: "gauge", unit: false } },
};
const SUFFIX = /_(?:total|bucket|count|sum|gcount|gsum|info)$/;

function kindOf(name: string, families: ReadonlyMap<string, Family>): Pick<GivenSample, "type" | "unit"> {
  if (name.endsWith("_created")) return { type: "gauge" };
  const suffix = SUFFIX.exec(name)?.[0] ?? "";
  for (const part of suffix === "" ? [""] : [suffix, ""]) {
    const family = families.get(name.slice(0, name.length - part.length));
    const known = family === undefined ? undefined : PARTS[family.type]?.[part];
    if (family !== undefined && known !== undefined)
      return { type: known.type, ...(known.unit && family.unit !== undefined && { unit: family.unit }) };
  }
  return { type: "unknown" };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", "\\": "\\", '"': '"' };
const unescaped = (text: string) =>
  text.replace(/\\(.)/g, (whole: string, character: string) => ESCAPES[character] ?? whole);

/** A sample without what comments say of it. */
type Bare = Omit<GivenSample, "type" | "unit">;

class LineReader {
  #at = 0;
  private readonly line: string;

  constructor(line: string) {
    this.line = line;
  }

  /** The sample, or why it is none. */
  read(format: Format): Bare | string {
    let name = this.#take(NAME)?.[0];
    const labels: [string, string][] = [];
    this.#take(BLANKS);
    if (this.line[this.#at] === "{") {
      const inner = this.#readLabels(labels);
      if (typeof inner === "string") return inner;
      name ??= inner.name;
    }
    if (name === undefined) return "does not begin with the name of a metric";
    this.#take(BLANKS);
    const value = numberOf(this.#take(TOKEN)?.[0] ?? "");
    if (value === null) return "has no value in decimals behind its name and labels";
    this.#take(BLANKS);
    const time = this.#take(TOKEN)?.[0];
    const at = time === undefined ? undefined : timeOf(time, format);
    if (at === null) return "has a time that is no number";
    this.#take(BLANKS);
    // Behind a `#` stands an exemplar, which is not kept.
    if (this.#at < this.line.length && this.line[this.#at] !== "#") return "goes on after its time";
    return { name, labels, value, at };
  }

  /** Labels in braces; a text without `=` is the metric's name, where it can only be written in quotes. */
  #readLabels(labels: [string, string][]): { name: string | undefined } | string {
    this.#at += 1;
    let name: string | undefined;
    for (;;) {
      this.#take(BLANKS);
      if (this.line[this.#at] === "}") break;
      const quoted = this.#take(QUOTED)?.[1];
      const key = quoted === undefined ? this.#take(NAME)?.[0] : unescaped(quoted);
      if (key === undefined) return "has a label without a name, or no } behind its labels";
      this.#take(BLANKS);
      if (this.line[this.#at] === "=") {
        this.#at += 1;
        this.#take(BLANKS);
        const value = this.#take(QUOTED)?.[1];
        if (value === undefined) return `has a label ${key} without a value in quotes`;
        labels.push([key, unescaped(value)]);
        if (labels.length > MOST_LABELS) return `has more than ${MOST_LABELS} labels`;
      } else if (quoted !== undefined) name = key;
      else return `has a label ${key} without a value`;
      this.#take(BLANKS);
      if (this.line[this.#at] === ",") this.#at += 1;
      else if (this.line[this.#at] !== "}") return "has labels with no comma between them";
    }
    this.#at += 1;
    return { name };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.line);
    if (found !== null) this.#at += found[0].length;
    return found;
  }
}

/** A value in decimals; NaN and the infinities as numbers. `null`: none, such as another base. */
function numberOf(text: string): number | string | null {
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(?:inity)?$/i.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!NUMBER.test(text)) return null;
  return /^\d+$/.test(text) ? text : Number(text);
}

/** Ms since 1970. */
function timeOf(text: string, format: Format): number | null {
  if (!NUMBER.test(text)) return null;
  const time = Number(text);
  return Math.round(format === "openmetrics" ? time * 1000 : time);
}
