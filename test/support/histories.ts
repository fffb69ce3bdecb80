import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { acceptEvent } from "../../durable-objects/room/accept.ts";
import { openCsv } from "../../scripts/replay/csv-rows.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { hashEventKey } from "../../shared/market/event-key.ts";
import type { FlushEvent } from "../../shared/market/flush-batch.ts";
import { guessColumns } from "../../shared/providers/replay/guess-columns.ts";
import { ReplayMapping } from "../../shared/providers/replay/mapping.ts";
import { createReplayProvider } from "../../shared/providers/replay/provider.ts";

/** Real sales histories, kept beside the project and not in it; MARKET_HISTORIES names another place. */
const FOLDER = process.env.MARKET_HISTORIES ?? resolve(import.meta.dirname, "../../../shared/data");

/** Why real histories cannot be tried here; undefined where they can. */
export const whyNoHistories: string | undefined = existsSync(join(FOLDER, "nft-sales"))
  ? undefined
  : "the sales histories are not at hand; set MARKET_HISTORIES to their folder";

/** Every row of a history as the room flushes it, numbered in the order of the file. */
export async function readHistory(
  file: string,
  collection: string,
  mapping: Partial<z.input<typeof ReplayMapping>> = {},
): Promise<FlushEvent[]> {
  const source = await openCsv(join(FOLDER, "nft-sales", file));
  const columns = guessColumns(await source.columns());
  const provider = createReplayProvider({
    source,
    mapping: ReplayMapping.parse({ collection, columns, ...mapping }),
    now: () => 0,
    batch: 20_000,
  });
  const { events, rejected, more } = await provider.poll(collection, null);
  await provider.close();
  if (more || rejected.length > 0)
    throw new Error(`${file} was not read whole: ${JSON.stringify(rejected[0])}`);
  return Promise.all(
    events.map(async (input, index) => {
      const event = acceptEvent(input, {
        epoch: "ep_1",
        seq: index + 1,
        received_at: input.occurred_at,
        corrected: [],
      });
      return {
        ...event,
        key_hash: await hashEventKey(event.event_key),
        corrects_hash: null,
        unit: event.currency === null ? null : unitOf(event.currency),
      };
    }),
  );
}

const PublishedFigure = z.object({
  id: z.string(),
  subject: z.string(),
  metric: z.string(),
  value: z.string(),
  unit: z.string(),
  as_of: z.string(),
});

/** Figures from the press that the histories must reproduce. */
export async function readPublishedFigures() {
  const text = await readFile(join(FOLDER, "facts/published-figures.csv"), "utf8");
  return PublishedFigure.array().parse(parse(text, { columns: true }));
}
