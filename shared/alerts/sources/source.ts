import type { MetricDefinition, MetricUnit } from "../../contracts/metrics.ts";
import type { Reader } from "../../db/rows.ts";
import type { HistoryNeeds } from "../engine/signals/create-signal.ts";
import type { MetricPoint } from "../engine/signals/point.ts";
import type { ValuePoint } from "../engine/types.ts";

/** Longest history of one kind that an evaluation reads: more does not fit into an object's memory beside the rest. */
export const MOST_HISTORY = 50_000;
/** Entries of a source's log in one round. */
export const ROUND_ENTRIES = 1000;

/** One entry of a source's log; it moves the clock, whether or not it is a point of a metric. */
export interface Entry {
  /** By its own clock, never after it was received; ms since 1970. */
  at: number;
  received_at: number;
  /** It corrects an earlier one: what the series had come to is another by now. */
  corrects?: boolean;
}

/** One series of one metric, and what is new of it. */
export interface Stream {
  definition: MetricDefinition;
  labels: Record<string, string>;
  fingerprint: string;
  /** In order; `index` is the entry's that each belongs to. */
  points: { index: number; point: MetricPoint }[];
  /** Where only the present is known: what it is, by the wall clock. `null`: it has a past, as its points tell. */
  present: { point: ValuePoint | null } | null;
}

/** What happened before the first new entry, in order, as far back as asked; or why it cannot be read. */
export type History = { points: MetricPoint[]; high: string | null } | { error: string };

/** How far back a stream's history must reach. */
export interface Need extends HistoryNeeds {
  stream: Stream;
  /** `span_ms` before the clock of those who ask; ms since 1970. */
  from: number;
}

/** What a source has to be evaluated: read without a lock, so that `move` finds out whether it still holds. */
export interface SourceRound {
  entries: Entry[];
  streams: Stream[];
  /** Of prices; `null`: there are none, or it is not known. */
  currency: string | null;
  /** Of readings that were sent with one; `null`: that of the catalogue. */
  unit: MetricUnit | null;
  /** Up to where rules were evaluated before. */
  clock: number;
  /** Newest instant of its log before the entries, and when something was received last; `null`: nothing ever was. */
  logged: Entry | null;
  /** Whether rules never looked here, or are newer than the look before: the cursor says so, also where nothing came. */
  begins: boolean;
  /** Whether there is more in its log than this round holds. */
  more: boolean;
  /** When what came too recently to be looked at can be (ms since 1970); `null`: there is nothing. */
  settles_at: number | null;
  /** One history for each need. */
  readHistory(needs: readonly Need[]): Promise<History[]>;
  /** Moves the cursor behind this round's entries; throws `MovedError` where it is not where it was read. */
  move(tx: Reader, clock: number): Promise<void>;
}

/** Something that rules are evaluated on, in order: a collection's events, the readings of a series, a user's activity. */
export interface Source {
  /** For the log. */
  name: string;
  engine: string;
  /** Whose rules look at it; `null`: everybody's. */
  user_id: string | null;
  metrics: readonly string[];
  /** `null`: every one. */
  subject: string | null;
  /** Of its only series; `null`: it has many. */
  labels: Record<string, string> | null;
  /**
   * What is new. `since`: when the oldest rule that looks at it was enabled, `newest`: the newest (ms since 1970). `types`:
   * subjects that rules name or remember, where it has many. `null`: it does not exist.
   */
  read(asked: { since: number; newest: number; types: string[] }): Promise<SourceRound | null>;
  /** No rule looks at it any more. */
  forget(): Promise<void>;
}
