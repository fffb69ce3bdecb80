import type { SampleInput } from "../../../shared/contracts/metrics.ts";
import type { PushCtx } from "../../../shared/metrics/push-samples.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { findQuantiles } from "../otlp/find-quantiles.ts";
import { saveHistogramStates } from "../otlp/histogram-states.ts";
import type { OtlpHistogram } from "../otlp/to-samples.ts";
import { decodeMessage } from "../protobuf/decode.ts";
import { pushInParts } from "../push-in-parts.ts";
import {
  MetadataV1,
  RequestV1,
  RequestV2,
  SeriesV1,
  SeriesV2,
  typeOf,
  WRITE_REQUEST_V1,
  WRITE_REQUEST_V2,
  WrittenSample,
} from "./messages.ts";
import { readNativeHistogram } from "./native-histogram.ts";
import { type PushedSample, toPushed } from "./sample.ts";

export type Version = 1 | 2;

/** What became of a write. */
export interface Written {
  /** Samples that are kept, with those that were there already and those that say that a series ended. */
  samples: number;
  /** Native histograms that are kept, or were there already. */
  histograms: number;
  /** Why others are not, each reason with how many; sending them again would change nothing. */
  refused: string[];
}

/** A series of either version. */
interface GivenSeries {
  labels: { name: string; value: string }[];
  samples: unknown[];
  histograms: unknown[];
  type?: number;
  unit?: string | undefined;
}

/** Reasons that an answer names; more would be read by nobody. */
const MOST_REASONS = 10;
const NAME = "__name__";

class Refusals {
  readonly #counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  told(): string[] {
    const told = [...this.#counts].map(([reason, count]) => `${reason} (${count})`);
    const more = told.length - MOST_REASONS;
    return more > 0 ? [...told.slice(0, MOST_REASONS), `and ${more} more reasons`] : told;
  }
}

/**
 * Takes a write of Prometheus', unpacked. Each series and sample is judged by itself.
 * @throws `unreadable_body` where the whole is no such message, `body_too_large`.
 */
export async function takeWrite(
  ctx: PushCtx,
  user_id: string,
  bytes: Uint8Array,
  version: Version,
): Promise<Written> {
  const refusals = new Refusals();
  const series = version === 1 ? seriesOfV1(bytes, refusals) : seriesOfV2(bytes, refusals);
  const written: Collected = { samples: [], counts: [], parts: [], cumulative: [], ends: 0 };
  for (const each of series) collect(each, written, refusals);
  const push = (pushed: readonly PushedSample[]) => pushAll(ctx, user_id, pushed, refusals);
  const samples = (await push(written.samples)) + written.ends;
  if (written.counts.length === 0) return { samples, histograms: 0, refused: refusals.told() };
  const quantiles = await findQuantiles(ctx, user_id, written.cumulative);
  const histograms = await push(written.counts);
  await push([...written.parts, ...quantiles.samples.map(({ sample }) => sample)]);
  // Only now: were it kept before and the push failed, the interval's quantiles would be lost with the next attempt.
  await saveHistogramStates(ctx.db, quantiles.newest);
  return { samples, histograms, refused: refusals.told() };
}

/** How many are kept now, with those that were there already; what is not goes to `refusals`. */
async function pushAll(
  ctx: PushCtx,
  user_id: string,
  pushed: readonly PushedSample[],
  refusals: Refusals,
): Promise<number> {
  const answer = await pushInParts(ctx, user_id, pushed, "set max_samples_per_send of queue_config lower");
  for (const { index, errors } of answer.rejected)
    for (const { pointer, message } of errors.slice(0, 1))
      refusals.add(`${pushed[index]?.name ?? ""}: ${`${pointer} ${message}`.trim()}`);
  if (answer.late > 0)
    refusals.add("out of order: older than what is kept, or than a counter's newest sample", answer.late);
  return answer.accepted + answer.duplicate;
}

const unreadable = () =>
  new AppError("unreadable_body", "The body is not the protobuf message that content-type names.");

function seriesOfV1(bytes: Uint8Array, refusals: Refusals): GivenSeries[] {
  const request = RequestV1.safeParse(decodeMessage(bytes, WRITE_REQUEST_V1));
  if (!request.success) throw unreadable();
  const units = new Map<string, string>();
  for (const each of request.data.metadata) {
    const metadata = MetadataV1.safeParse(each);
    if (metadata.success) units.set(metadata.data.family, metadata.data.unit);
  }
  return request.data.timeseries.flatMap((each) => {
    const series = SeriesV1.safeParse(each);
    if (series.success) {
      const name = series.data.labels.find((label) => label.name === NAME)?.value ?? "";
      return [{ ...series.data, unit: units.get(name) }];
    }
    refusals.add("a series cannot be read");
    return [];
  });
}

function seriesOfV2(bytes: Uint8Array, refusals: Refusals): GivenSeries[] {
  const request = RequestV2.safeParse(decodeMessage(bytes, WRITE_REQUEST_V2));
  if (!request.success) throw unreadable();
  const { symbols, timeseries } = request.data;
  if (timeseries.length > 0 && symbols[0] !== "")
    throw new AppError("unreadable_body", "The first symbol must be the empty text.");
  return timeseries.flatMap((each) => {
    const series = SeriesV2.safeParse(each);
    const labels = series.success ? labelsOf(series.data.refs, symbols) : null;
    if (!series.success || labels === null) {
      refusals.add(
        series.success
          ? "a series refers to symbols that are not there, or no text"
          : "a series cannot be read",
      );
      return [];
    }
    const { samples, histograms, metadata } = series.data;
    return [
      { labels, samples, histograms, type: metadata?.type ?? 0, unit: textAt(symbols, metadata?.unit_ref) },
    ];
  });
}

function textAt(symbols: readonly unknown[], place: number | null | undefined): string | undefined {
  const text = symbols[place ?? 0];
  return typeof text === "string" ? text : undefined;
}

/** Names and values by their places in the table; `null` where a place or a value is missing. */
function labelsOf(refs: readonly number[], symbols: readonly unknown[]): GivenSeries["labels"] | null {
  const labels: GivenSeries["labels"] = [];
  for (let i = 0; i < refs.length; i += 2) {
    const name = symbols[refs[i] ?? -1];
    const value = symbols[refs[i + 1] ?? -1];
    if (typeof name !== "string" || typeof value !== "string") return null;
    labels.push({ name, value });
  }
  return labels;
}

/** What the series of a write come to. */
interface Collected {
  samples: PushedSample[];
  /** One for each native histogram: how many values it has. */
  counts: PushedSample[];
  /** The other series of native histograms. */
  parts: PushedSample[];
  cumulative: OtlpHistogram[];
  /** Samples and histograms that say that there is no value. */
  ends: number;
}

function collect(
  { labels, samples, histograms, ...rest }: GivenSeries,
  written: Collected,
  refusals: Refusals,
) {
  const name = labels.find((label) => label.name === NAME)?.value ?? "";
  const own = labels.flatMap((label) => (label.name === NAME ? [] : [[label.name, label.value] as const]));
  const type: SampleInput["type"] = typeOf(rest.type ?? 0, name);
  for (const given of samples) {
    const sample = WrittenSample.safeParse(given);
    if (!sample.success) {
      refusals.add(`${name}: a sample cannot be read`);
      continue;
    }
    const { value, timestamp: at } = sample.data;
    const made = toPushed({ name, labels: own, value, at, type, unit: rest.unit });
    if (made === null) written.ends += 1;
    else if ("refused" in made) refusals.add(`${name}: ${made.refused}`);
    else written.samples.push(made);
  }
  for (const given of histograms) {
    const made = readNativeHistogram({ name, labels: own, unit: rest.unit }, given);
    if (made === null) written.ends += 1;
    else if ("refused" in made) refusals.add(`${name}: ${made.refused}`);
    else {
      written.counts.push(made.count);
      written.parts.push(...made.parts);
      if (made.cumulative !== null) written.cumulative.push(made.cumulative);
    }
  }
}
