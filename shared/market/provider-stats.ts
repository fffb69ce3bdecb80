import { z } from "zod";
import type { ProviderFigures } from "../contracts/collections.ts";
import { figure } from "./figure.ts";

/** What a provider states of a collection, as it is kept. */
export const StoredStats = z.object({
  source: z.string(),
  floor: z.string().nullable(),
  floor_currency: z.string().nullable(),
  owners: z.number().nullable(),
  total_sales: z.number().nullable(),
  total_volume: z.string().nullable(),
  as_of: z.string(),
});
export type StoredStats = z.infer<typeof StoredStats>;

/** A provider's own figures, each with its source and age. What it does not state has neither. */
export function showStats(stats: StoredStats, now: number): ProviderFigures {
  const { source, floor, floor_currency: currency, owners, total_sales, total_volume } = stats;
  const stated = (value: string | number | null) => ({
    sources: value === null ? [] : [source],
    as_of: value === null ? null : Date.parse(stats.as_of),
    now,
  });
  return {
    source,
    floor,
    owners,
    total_sales,
    total_volume,
    figures: {
      floor: figure({ basis: "item", currency, ...stated(floor) }),
      owners: figure({ basis: "count", ...stated(owners) }),
      total_sales: figure({ basis: "count", ...stated(total_sales) }),
      total_volume: figure({ basis: "total", ...stated(total_volume) }),
    },
  };
}
