import { useEffect, useRef, useState } from "react";
import { CandlePage } from "../../../shared/contracts/collections.ts";
import { candlesAddress } from "../api/addresses.ts";
import { readJson } from "../api/read-json.ts";
import type { CollectionFeed } from "../feed/collection-feed.ts";
import { systemNow } from "../now.ts";
import { addSale, type Bar, mergeBars, toBar } from "./bars.ts";
import { INTERVALS, type Interval } from "./intervals.ts";

/** A running chart is compared with the database this often while sales come in. */
const RELOAD_MS = 10_000;

export interface Candles {
  /** Changes when other bars are shown, not when they grow. */
  id: string;
  bars: Bar[];
  /** `null` before the first answer. */
  state: "loading" | "ready" | "failed";
  error: unknown;
}

/**
 * Bars of a collection: read from the database, moved by live sales, and read again while they move. Where the last
 * sale lies further back than the chart reaches, the chart ends there instead of now.
 */
export function useCandles(
  feed: CollectionFeed,
  slug: string,
  interval: Interval,
  unit: string | null,
  lastSaleAt: string | null,
): Candles & { reload(): void } {
  const { seconds, reach } = INTERVALS[interval];
  const newestSale = lastSaleAt === null ? null : Date.parse(lastSaleAt) / 1000;
  const isOld = newestSale !== null && newestSale < systemNow() / 1000 - reach;
  const end = isOld && newestSale !== null ? newestSale + 1 : null;
  const id = `${slug}:${interval}:${end ?? "now"}`;
  const [candles, setCandles] = useState<Candles>({ id, bars: [], state: "loading", error: null });
  const reload = useRef<() => void>(() => undefined);

  useEffect(() => {
    const abort = new AbortController();
    let bars: Bar[] = [];
    /** Something may have changed, or could not be read. */
    let due = false;
    const publish = (state: Candles["state"], error: unknown = null) =>
      setCandles({ id, bars, state, error });

    const read = async () => {
      due = false;
      const to = end === null ? null : new Date(end * 1000).toISOString();
      const address = candlesAddress(slug, interval, to, reach / seconds);
      try {
        const page = await readJson(address, CandlePage, abort.signal);
        bars = mergeBars(bars, page.data.map(toBar));
        publish("ready");
      } catch (error) {
        if (abort.signal.aborted) return;
        due = true;
        publish("failed", error);
      }
    };

    publish("loading");
    void read();
    reload.current = () => void read();
    const stopSales = feed.onSale((sale) => {
      due = true;
      const grown = addSale(bars, sale, seconds, unit);
      if (grown === null || grown === bars) return;
      bars = grown;
      publish("ready");
    });
    const timer = setInterval(() => {
      if (due && document.visibilityState === "visible") void read();
    }, RELOAD_MS);
    return () => {
      abort.abort();
      stopSales();
      clearInterval(timer);
    };
  }, [feed, slug, interval, seconds, reach, end, id, unit]);

  return {
    ...(candles.id === id ? candles : { id, bars: [], state: "loading", error: null }),
    reload: () => reload.current(),
  };
}
