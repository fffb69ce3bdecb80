import {
  type AutoscaleInfo,
  createChart,
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { scaleOf } from "./preview-scale.ts";

/** The library's brand for a number of seconds; nothing but a cast makes one. */
const timeOf = (iso: string) => Math.floor(Date.parse(iso) / 1000) as UTCTimestamp;

const LABEL = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** What a rule compared over time, the line it compared with, and where it would have fired. Outside of React. */
export class PreviewChart {
  #element: HTMLElement;
  #chart: IChartApi;
  #line: ISeriesApi<"Line">;
  #firings: { fired_at: string }[] = [];
  #markers: ReturnType<typeof createSeriesMarkers<Time>> | null = null;
  #threshold: string | null = null;
  #values: number[] = [];
  #thresholdLine: ReturnType<ISeriesApi<"Line">["createPriceLine"]> | null = null;

  constructor(element: HTMLElement, format: (value: number) => string) {
    this.#element = element;
    this.#chart = createChart(element, {
      autoSize: true,
      // The footer names the library instead, as its licence allows.
      layout: { attributionLogo: false, fontSize: 11 },
      timeScale: { timeVisible: true, secondsVisible: false },
      localization: {
        timeFormatter: (time: Time) =>
          typeof time === "number" ? LABEL.format(new Date(time * 1000)) : String(time),
      },
      handleScroll: { vertTouchDrag: false },
    });
    this.#line = this.#chart.addSeries(LineSeries, {
      priceFormat: { type: "custom", formatter: format, minMove: 1e-9 },
      lineWidth: 2,
      priceLineVisible: false,
      autoscaleInfoProvider: (usual: () => AutoscaleInfo | null) => this.#scaled(usual()),
    });
  }

  show(
    points: readonly { at: string; value: string | null }[],
    firings: readonly { fired_at: string }[],
    threshold: string | null,
  ): void {
    // The library wants each second once.
    const bySecond = new Map(points.map(({ at, value }) => [timeOf(at), value]));
    this.#line.setData(
      [...bySecond].map(([time, value]) => (value === null ? { time } : { time, value: Number(value) })),
    );
    this.#values = points.flatMap(({ value }) => (value === null ? [] : [Number(value)]));
    this.#firings = [...firings];
    this.#threshold = threshold;
    this.paint();
    this.#chart.timeScale().fitContent();
  }

  /** Takes the colours of the theme in force. */
  paint(): void {
    const [text, line, accent, down] = ["--muted", "--line", "--accent", "--down"].map((name) =>
      this.#colour(name),
    );
    this.#chart.applyOptions({
      layout: { background: { color: "transparent" }, textColor: text, fontFamily: this.#font() },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.#line.applyOptions({ color: accent });
    this.#markers?.detach();
    this.#markers = createSeriesMarkers(
      this.#line,
      this.#firings.map(({ fired_at }) => ({
        time: timeOf(fired_at),
        position: "aboveBar",
        shape: "arrowDown",
        color: down ?? "red",
        size: 1,
      })),
    );
    if (this.#thresholdLine) this.#line.removePriceLine(this.#thresholdLine);
    this.#thresholdLine =
      this.#threshold === null
        ? null
        : this.#line.createPriceLine({
            price: Number(this.#threshold),
            color: down,
            lineStyle: LineStyle.Dashed,
            lineWidth: 1,
            title: "threshold",
          });
  }

  /** The data fill the scale; it reaches to the threshold where that is near. */
  #scaled(usual: AutoscaleInfo | null): AutoscaleInfo | null {
    const scale = scaleOf(this.#values, this.#threshold === null ? null : Number(this.#threshold));
    if (usual === null || scale === null) return usual;
    return { ...usual, priceRange: { minValue: scale.min, maxValue: scale.max } };
  }

  dispose(): void {
    this.#chart.remove();
  }

  /** Custom properties may be formulas; what an element would be painted with is a plain colour. */
  #colour(name: string): string {
    this.#element.style.color = `var(${name})`;
    return getComputedStyle(this.#element).color;
  }

  #font(): string {
    return getComputedStyle(this.#element).fontFamily;
  }
}
