import type { Basis, Figure } from "../contracts/figure.ts";
import { isoTime } from "../platform/clock.ts";

/** Says where a number comes from. `as_of` and `now` are milliseconds; what is not known has no age. */
export function figure(of: {
  basis: Basis;
  sources: string[];
  currency?: string | null;
  as_of: number | null;
  known_sales?: number | null;
  now: number;
}): Figure {
  const { basis, sources, currency = null, as_of, known_sales = null, now } = of;
  return {
    sources,
    basis,
    currency,
    as_of: as_of === null ? null : isoTime(as_of),
    age_ms: as_of === null ? null : Math.max(0, now - as_of),
    known_sales,
  };
}

/** Names in order, each once. */
export function mergeSources(...lists: (readonly (string | null | undefined)[] | null)[]): string[] {
  const names = lists.flatMap((list) => list ?? []).filter((name) => name != null);
  return [...new Set(names)].sort();
}
