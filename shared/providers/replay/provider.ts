import { z } from "zod";
import { AppError, type FieldError } from "../../platform/errors.ts";
import type { PollResult, Provider } from "../provider.ts";
import { mapRow } from "./map-row.ts";
import type { ReplayMapping } from "./mapping.ts";
import { KeyCounter, rowKey } from "./row-keys.ts";

/** One row of a history: its cells by column, or why it could not be taken apart. `bytes`: read up to its end. */
export type SourceRow =
  | { line: number; bytes: number; values: Record<string, string> }
  | { line: number; bytes: number; problem: string };

/** A history that can be read again from its beginning, always with the same rows. */
export interface RowSource {
  rows(): AsyncIterable<SourceRow>;
}

export interface RejectedRow {
  line: number;
  errors: FieldError[];
}

/** What a poll of a history adds to any provider's. */
interface ReplayPoll extends PollResult {
  /** The line of each event. */
  lines: number[];
  rejected: RejectedRow[];
  /** Rows and bytes read since the beginning. */
  rows: number;
  bytes: number;
}

export interface ReplayProvider extends Provider {
  poll(slug: string, since: Record<string, unknown> | null): Promise<ReplayPoll>;
  /** Lets go of the source. */
  close(): Promise<void>;
}

/** `row`: how many rows were read. */
const ReplayCursor = z.object({ row: z.number().int().min(0) });

/** So that rows outside the span cannot keep one poll busy for ever. */
const MOST_ROWS = 20_000;

interface Reading {
  iterator: AsyncIterator<SourceRow>;
  keys: KeyCounter;
  row: number;
  bytes: number;
}

/**
 * A history as a provider: polls read on where the cursor says, `batch` events at a time. A cursor that is
 * not where the reading stands reads the rows before it again, since repeated keys are counted from the
 * first row on; `from` and `to` (half-open) choose rows but never change a key.
 */
export function createReplayProvider(settings: {
  source: RowSource;
  mapping: ReplayMapping;
  now: () => number;
  batch?: number;
  from?: string;
  to?: string;
}): ReplayProvider {
  const { source, mapping, batch = 500 } = settings;
  let reading: Reading | null = null;

  const close = async () => {
    const open = reading;
    reading = null;
    await open?.iterator.return?.();
  };
  const own = (slug: string) => {
    if (slug !== mapping.collection)
      throw new AppError("not_found", `This history is of "${mapping.collection}", not of "${slug}".`);
  };
  const inSpan = (occurredAt: string) =>
    (settings.from === undefined || occurredAt >= settings.from) &&
    (settings.to === undefined || occurredAt < settings.to);

  /** The next row with its key, or `null` at the end. */
  const next = async (state: Reading): Promise<{ row: SourceRow; key: string } | null> => {
    const { value, done } = await state.iterator.next();
    if (done) return null;
    state.row += 1;
    state.bytes = value.bytes;
    if ("problem" in value) return { row: value, key: "" };
    const key = rowKey(value.values, mapping);
    const count = key.counted ? state.keys.count(key.text) : 1;
    return { row: value, key: count === 1 ? key.text : `${key.text}#${count}` };
  };

  const readFrom = async (row: number): Promise<Reading> => {
    if (reading?.row === row) return reading;
    await close();
    const iterator = source.rows()[Symbol.asyncIterator]();
    reading = { iterator, keys: new KeyCounter(), row: 0, bytes: 0 };
    while (reading.row < row && (await next(reading)) !== null);
    return reading;
  };

  const poll = async (since: number): Promise<ReplayPoll> => {
    const state = await readFrom(since);
    const found: ReplayPoll = {
      events: [],
      lines: [],
      rejected: [],
      cursor: {},
      more: true,
      rows: 0,
      bytes: 0,
    };
    const until = state.row + MOST_ROWS;
    while (found.events.length < batch && state.row < until) {
      const read = await next(state);
      if (read === null) {
        found.more = false;
        break;
      }
      const { row, key } = read;
      if ("problem" in row) {
        found.rejected.push({ line: row.line, errors: [{ pointer: "", message: row.problem }] });
        continue;
      }
      const mapped = mapRow(row.values, mapping, key);
      if ("errors" in mapped) {
        const { errors, occurred_at } = mapped;
        if (occurred_at === null || inSpan(occurred_at)) found.rejected.push({ line: row.line, errors });
      } else if (inSpan(mapped.event.occurred_at)) {
        found.events.push(mapped.event);
        found.lines.push(row.line);
      }
    }
    return { ...found, cursor: { row: state.row }, rows: state.row, bytes: state.bytes };
  };

  return {
    name: "replay",
    simulated: false,
    close,
    async poll(slug, since) {
      own(slug);
      try {
        return await poll(since === null ? 0 : ReplayCursor.parse(since).row);
      } catch (error) {
        await close();
        if (error instanceof AppError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new AppError("provider_failed", `The history cannot be read: ${reason}`, { cause: error });
      }
    },
    async collection(slug) {
      own(slug);
      const { currency } = mapping;
      const unknown = { description: null, image_url: null, chain: null, contract: null, supply: null };
      return { slug, name: slug, currency, ...unknown };
    },
    async stats(slug) {
      own(slug);
      // A history of events states no figures of its own.
      const unknown = { floor: null, floor_currency: null, owners: null, total_sales: null };
      return { ...unknown, total_volume: null, as_of: new Date(settings.now()).toISOString() };
    },
  };
}
