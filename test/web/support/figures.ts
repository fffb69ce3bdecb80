import type { Figure } from "../../../shared/contracts/figure.ts";
import type { SnapshotFrame } from "../../../shared/contracts/live.ts";

export function buildFigure(over: Partial<Figure> = {}): Figure {
  const unknown = { sources: [], currency: null, as_of: null, age_ms: null, known_sales: null };
  return { basis: "item", ...unknown, ...over };
}

/** What a snapshot says of figures where nothing is known. */
export const NO_FIGURES: Pick<SnapshotFrame, "volume" | "figures"> = {
  volume: {
    window: "24h",
    sales: 0,
    priced_sales: 0,
    volume: null,
    currency: null,
    basis: "total",
    sources: [],
  },
  figures: {
    floor: buildFigure(),
    last_price: buildFigure(),
    volume: buildFigure({ basis: "total" }),
    sales: buildFigure({ basis: "count" }),
  },
};
