import { useEffect, useRef, useState } from "react";
import type { CollectionFeed } from "../feed/collection-feed.ts";
import { shortenAmount } from "../format/price.ts";
import { systemNow } from "../now.ts";
import { useTheme } from "../theme.ts";
import { Failure } from "../ui/failure.tsx";
import { Segments } from "../ui/segments.tsx";
import { type Bar, describeBars, hasOutliers, saySales } from "./bars.ts";
import { INTERVAL_NAMES, type Interval, intervalFor } from "./intervals.ts";
import { type ChartMode, PriceChart } from "./price-chart.ts";
import { useCandles } from "./use-candles.ts";

const INTERVAL_OPTIONS = INTERVAL_NAMES.map((name) => ({ value: name, label: name }));
const MODE_OPTIONS = [
  { value: "candles", label: "Candles" },
  { value: "line", label: "Line" },
] as const;

interface PanelProps {
  feed: CollectionFeed;
  slug: string;
  unit: string | null;
  lastSaleAt: string | null;
  /** Of the last 24 hours. */
  salesADay: number | null;
}

/** The price chart with its switches and the figures of the bar under the pointer. */
export function PricePanel({ feed, slug, unit, lastSaleAt, salesADay }: PanelProps) {
  // Chosen once from where the sales are; from then on only by the reader.
  const [interval, setInterval] = useState<Interval>(() => intervalFor(salesADay, lastSaleAt, systemNow()));
  const [mode, setMode] = useState<ChartMode>("candles");
  // Until the reader chooses, the bars do.
  const [chosenScale, setChosenScale] = useState<"linear" | "logarithmic" | null>(null);
  const [pointed, setPointed] = useState<Bar | null>(null);
  const candles = useCandles(feed, slug, interval, unit, lastSaleAt);
  const { bars, id, state } = candles;
  const logarithmic = chosenScale === null ? hasOutliers(bars) : chosenScale === "logarithmic";
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<PriceChart | null>(null);
  const shownId = useRef("");
  const theme = useTheme();

  useEffect(() => {
    if (!frame.current) return;
    const drawn = new PriceChart(frame.current, setPointed);
    chart.current = drawn;
    shownId.current = "";
    return () => drawn.dispose();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is in the document, where the chart reads it
  useEffect(() => chart.current?.paint(), [theme]);
  useEffect(() => chart.current?.setMode(mode), [mode]);
  useEffect(() => chart.current?.setLogarithmic(logarithmic), [logarithmic]);
  useEffect(() => chart.current?.setByUtcDay(interval === "1d"), [interval]);
  useEffect(() => {
    const fit = shownId.current !== id;
    chart.current?.show(bars, fit);
    if (bars.length > 0) shownId.current = id;
  }, [bars, id]);

  return (
    <section className="panel chart-panel" aria-label="Price chart">
      <div className="panel-head">
        <h2>Price{unit && <span className="quiet"> in {unit}, per item</span>}</h2>
        <Segments
          legend="Length of a bar"
          options={INTERVAL_OPTIONS}
          value={interval}
          onChange={setInterval}
        />
        <Segments legend="Kind of chart" options={MODE_OPTIONS} value={mode} onChange={setMode} />
        <button
          type="button"
          className="toggle"
          aria-pressed={logarithmic}
          title="Logarithmic scale: equal distances are equal percentages"
          onClick={() => setChosenScale(logarithmic ? "linear" : "logarithmic")}
        >
          Log
        </button>
      </div>
      <BarLegend bar={pointed ?? bars.at(-1) ?? null} />
      <div className="chart" role="img" aria-label={describeBars(bars, unit)}>
        <div ref={frame} className="chart-canvas" />
        {bars.every(({ prices }) => prices === null) && state !== "failed" && (
          <p className="chart-word">{state === "loading" ? "Loading…" : inThisSpan(bars)}</p>
        )}
      </div>
      {state === "failed" && <Failure what="The chart" error={candles.error} retry={candles.reload} />}
    </section>
  );
}

function inThisSpan(bars: Bar[]): string {
  const words = saySales(bars);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} in this span`;
}

function BarLegend({ bar }: { bar: Bar | null }) {
  const { prices } = bar ?? { prices: null };
  // Of sales without a known price nobody knows what they add up to.
  const volume = bar === null || (bar.priced === 0 && bar.sales > 0) ? undefined : bar.volume;
  const figures = [
    ["Open", prices?.open],
    ["High", prices?.high],
    ["Low", prices?.low],
    ["Close", prices?.close],
    ["Volume", volume],
  ] as const;
  return (
    <dl className="bar-legend">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value === undefined ? "—" : shortenAmount(value.toPrecision(12))?.text}</dd>
        </div>
      ))}
      <div>
        <dt>Sales</dt>
        <dd>
          {bar?.sales ?? "—"}
          {bar !== null && bar.priced < bar.sales && (
            <span className="quiet">
              {bar.priced === 0 ? " without a known price" : `, ${bar.priced} with a known price`}
            </span>
          )}
        </dd>
      </div>
    </dl>
  );
}
