import { userEngine, wakeAlerts } from "../alerts/wake-alerts.ts";
import type { PushAnswer } from "../contracts/metrics.ts";
import type { Ctx } from "../platform/ctx.ts";
import { AppError, type FieldError } from "../platform/errors.ts";
import { judgeSample, type Sample } from "./judge-samples.ts";
import { makeSeries, type NewSeries } from "./make-series.ts";
import { seriesFingerprint } from "./series.ts";
import { type SeriesReadings, type StoredReadings, storeReadings } from "./store-readings.ts";

const DAY_MS = 86_400_000;
/** Series may be forgotten between being made and being written to; that it happens twice is beyond belief. */
const ATTEMPTS = 3;

export type PushCtx = Pick<
  Ctx,
  "db" | "transact" | "now" | "config" | "log" | "trace" | "later" | "queue" | "alertEngine"
>;

const NOTHING: StoredReadings = {
  missing: [],
  accepted: 0,
  duplicate: 0,
  late: 0,
  mismatched: [],
  watched: false,
};

type Rejected = { index: number; errors: FieldError[] };

/**
 * Takes readings of a user's, each judged by itself. The good ones are stored when this resolves, the same again changes
 * nothing, and rules that look at them are evaluated soon after.
 */
export async function pushSamples(
  ctx: PushCtx,
  user_id: string,
  values: readonly unknown[],
): Promise<PushAnswer> {
  const now = ctx.now();
  const oldest = now - ctx.config.METRICS_KEEP_DAYS * DAY_MS;
  const samples: Sample[] = [];
  const rejected: Rejected[] = [];
  let late = 0;
  for (const [index, value] of values.entries()) {
    const judged = judgeSample(value, index, now, oldest);
    if (judged.kind === "good") samples.push(judged.sample);
    else if (judged.kind === "late") late += 1;
    else rejected.push({ index, errors: judged.errors });
  }
  const { stored, refused } = await store(ctx, user_id, await groupBySeries(user_id, samples));
  if (stored.watched) wakeAlerts(ctx, userEngine(user_id));
  rejected.push(
    ...refused,
    ...stored.mismatched.map(({ index, kept_as }) => ({
      index,
      errors: [{ pointer: "/type", message: `must be "${kept_as}", as this series was first sent` }],
    })),
  );
  return {
    accepted: stored.accepted,
    duplicate: stored.duplicate,
    late: late + stored.late,
    rejected: rejected.sort((a, b) => a.index - b.index),
  };
}

/** Readings by series, in the order in which series first appear. */
function groupBySeries(user_id: string, samples: readonly Sample[]): Promise<SeriesReadings[]> {
  const groups = Map.groupBy(samples, ({ key }) => key);
  return Promise.all(
    [...groups].map(async ([key, own]) => ({
      fingerprint: await seriesFingerprint(user_id, key),
      samples: own,
    })),
  );
}

/** Stores readings, where they are the first of their series after having made it. */
async function store(
  ctx: PushCtx,
  user_id: string,
  groups: readonly SeriesReadings[],
): Promise<{ stored: StoredReadings; refused: Rejected[] }> {
  const refused: Rejected[] = [];
  if (groups.length === 0) return { stored: NOTHING, refused };
  let left = groups;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const taken = left;
    const stored = await ctx.transact((tx) => storeReadings(tx, user_id, taken));
    if (stored.missing.length === 0) return { stored, refused };
    const missing = new Set(stored.missing);
    const wanted = taken.filter(({ fingerprint }) => missing.has(fingerprint)).flatMap(toNewSeries);
    const noRoom = await ctx.transact((tx) => makeSeries(tx, ctx, user_id, wanted));
    const has = ({ fingerprint }: SeriesReadings) => !noRoom.refused.has(fingerprint);
    const errors = [{ pointer: "", message: noRoom.message }];
    for (const group of taken)
      if (!has(group)) refused.push(...group.samples.map(({ index }) => ({ index, errors })));
    left = taken.filter(has);
  }
  throw new AppError("unavailable", "The readings could not be stored just now; send them again.");
}

function toNewSeries({ fingerprint, samples }: SeriesReadings): NewSeries[] {
  const [first] = samples;
  if (first === undefined) return [];
  const { name, labels, counter, unit } = first;
  return [{ fingerprint, name, labels, counter, unit }];
}
