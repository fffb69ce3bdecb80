import { sql } from "drizzle-orm";
import { z } from "zod";
import type { MetricDefinition } from "../../contracts/metrics.ts";
import type { Db } from "../../db/client.ts";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import { matchesLabels } from "../catalogue.ts";
import { ACTIVITY_METRIC, readActivityHistory } from "./activity.ts";
import { readHistories } from "./collection.ts";
import { readCollection } from "./collection-sql.ts";
import { ownedBy, readReadingsHistory, readSeries } from "./readings.ts";
import type { History, Need } from "./source.ts";

/** One series as it is stored, whatever rules have seen of it. */
export interface PastSeries {
  labels: Record<string, string>;
  /** Everything after `from`, with what was in force then. */
  read(need: Omit<Need, "stream">): Promise<History>;
}

interface Asked {
  labels: Record<string, string>;
  user_id: string;
  from: number;
  to: number;
  most: number;
}

/** Sorts after every epoch and id. */
const LAST = "~";

/** The stored series of a metric that have these labels. */
export async function readPast(db: Db, definition: MetricDefinition, asked: Asked): Promise<PastSeries[]> {
  if (definition.owner === "everyone") return pastOfCollection(db, definition, asked);
  if (definition.name === ACTIVITY_METRIC) return pastOfActivity(db, asked);
  const owner = definition.owner === "platform" ? null : asked.user_id;
  const series = await readSeries(
    db,
    sql`${ownedBy(owner)} and s.name = ${definition.name} order by s.last_at desc, s.id limit 1000`,
  );
  return series
    .filter(({ labels }) => matchesLabels(asked.labels, labels))
    .slice(0, asked.most)
    .map(({ id, labels }) => ({ labels, read: (need) => readReadingsHistory(db, id, asked.to, need) }));
}

async function pastOfCollection(db: Db, definition: MetricDefinition, asked: Asked): Promise<PastSeries[]> {
  const slug = asked.labels.collection ?? "";
  const collection = await readCollection(db, slug);
  if (collection === null) return [];
  const labels = { collection: slug };
  const stream = { definition, labels, fingerprint: "", points: [], present: null };
  const end = { epoch: LAST, seq: 0, clock: asked.to };
  const read = async (need: Omit<Need, "stream">) => {
    const [history] = await readHistories(db, collection, end, [{ ...need, stream }]);
    return history ?? { points: [], high: null };
  };
  return [{ labels, read }];
}

async function pastOfActivity(db: Db, { labels, user_id, from, to, most }: Asked): Promise<PastSeries[]> {
  const types =
    labels.type !== undefined
      ? [{ type: labels.type }]
      : await readRows(
          db,
          sql`select distinct type from activity_events where user_id = ${user_id}
            and occurred_at between ${isoTime(from)}::timestamptz and ${isoTime(to)}::timestamptz
            order by type limit ${most}::int`,
          z.object({ type: z.string() }),
        );
  return types.map(({ type }) => ({
    labels: { type },
    read: (need) => readActivityHistory(db, { user_id, type, upTo: LAST }, need),
  }));
}
