import {
  CandlestickSeries,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  PriceScaleMode,
  TickMarkType,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { shortenAmount } from "../format/price.ts";
import { type Bar, commonStart } from "./bars.ts";

export type ChartMode = "candles" | "line";

/** The chart itself, outside of React: given all bars, it draws what has changed. */
export class PriceChart {
  #element: HTMLElement;
  #chart: IChartApi;
  #candles: ISeriesApi<"Candlestick">;
  #line: ISeriesApi<"Line">;
  #volume: ISeriesApi<"Histogram">;
  #bars: Bar[] = [];
  #byUtcDay = false;
  #soft = { up: "", down: "" };

  constructor(element: HTMLElement, onPoint: (bar: Bar | null) => void) {
    this.#element = element;
    this.#chart = createChart(element, {
      autoSize: true,
      // The footer names the library instead, as its licence allows.
      layout: { attributionLogo: false, fontSize: 11 },
      timeScale: {
        timeVisible: true,
        secondsVisible: false,
        rightOffset: 4,
        maxBarSpacing: 24,
        tickMarkFormatter: (time: Time, type: TickMarkType) => this.#tick(time, type),
      },
      localization: { timeFormatter: (time: Time) => this.#label(time) },
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.26 } },
      // Scrolling the page must stay possible with a finger on the chart.
      handleScroll: { vertTouchDrag: false },
    });
    const priceFormat = { type: "custom", formatter: formatPrice, minMove: 1e-9 } as const;
    this.#candles = this.#chart.addSeries(CandlestickSeries, { priceFormat });
    this.#line = this.#chart.addSeries(LineSeries, { priceFormat, lineWidth: 2, visible: false });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "custom", formatter: formatPrice, minMove: 1e-9 },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.8, bottom: 0 } });
    this.#chart.subscribeCrosshairMove(({ time }) =>
      onPoint(time === undefined ? null : (this.#bars.find((bar) => bar.time === time) ?? null)),
    );
    this.paint();
  }

  /** Draws these bars; `fit` shows them all, otherwise the view stays where the reader left it. */
  show(bars: Bar[], fit: boolean): void {
    const before = this.#bars;
    this.#bars = bars;
    const same = commonStart(before, bars);
    const onlyNewest = !fit && before.length > 0 && bars.length >= before.length && same >= before.length - 1;
    if (onlyNewest) for (const bar of bars.slice(same)) this.#update(bar);
    else this.#setAll();
    if (fit) this.#chart.timeScale().fitContent();
  }

  setLogarithmic(logarithmic: boolean): void {
    const mode = logarithmic ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal;
    this.#chart.priceScale("right").applyOptions({ mode });
  }

  setMode(mode: ChartMode): void {
    this.#candles.applyOptions({ visible: mode === "candles" });
    this.#line.applyOptions({ visible: mode === "line" });
  }

  /** Bars of a day are days of UTC; shorter ones are told in the viewer's zone. */
  setByUtcDay(byUtcDay: boolean): void {
    this.#byUtcDay = byUtcDay;
    this.#chart.timeScale().applyOptions({ timeVisible: !byUtcDay });
  }

  /** Takes the colours of the theme in force. */
  paint(): void {
    const [text, line, up, down, accent] = ["--muted", "--line", "--up", "--down", "--accent"].map((name) =>
      this.#colour(name),
    );
    this.#soft = { up: this.#colour("--up-soft"), down: this.#colour("--down-soft") };
    this.#chart.applyOptions({
      layout: { background: { color: "transparent" }, textColor: text, fontFamily: this.#font() },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.#candles.applyOptions({
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
      borderVisible: false,
    });
    this.#line.applyOptions({ color: accent });
    this.#setAll();
  }

  dispose(): void {
    this.#chart.remove();
  }

  #setAll(): void {
    this.#candles.setData(this.#bars.map(candlePoint));
    this.#line.setData(this.#bars.map(linePoint));
    this.#volume.setData(this.#bars.map((bar) => this.#volumePoint(bar)));
  }

  #update(bar: Bar): void {
    this.#candles.update(candlePoint(bar));
    this.#line.update(linePoint(bar));
    this.#volume.update(this.#volumePoint(bar));
  }

  #volumePoint(bar: Bar) {
    const color =
      bar.prices === null || bar.prices.close >= bar.prices.open ? this.#soft.up : this.#soft.down;
    return { time: timeOf(bar), value: bar.volume, color };
  }

  /** Custom properties may be formulas; what an element would be painted with is a plain colour. */
  #colour(name: string): string {
    this.#element.style.color = `var(${name})`;
    return getComputedStyle(this.#element).color;
  }

  #font(): string {
    return getComputedStyle(this.#element).fontFamily;
  }

  #label(time: Time): string {
    const options: Intl.DateTimeFormatOptions = this.#byUtcDay
      ? { dateStyle: "medium", timeZone: "UTC" }
      : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return formatTime(time, options);
  }

  /** The library marks midnights of UTC, which are other hours elsewhere: then the hour is said too. */
  #dayTick(time: Time): string {
    const timeZone = this.#byUtcDay ? "UTC" : undefined;
    const day = formatTime(time, { day: "numeric", month: "short", timeZone });
    const clock = formatTime(time, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
    return clock === "00:00" ? day : `${day} ${clock}`;
  }

  #tick(time: Time, type: TickMarkType): string {
    const timeZone = this.#byUtcDay ? "UTC" : undefined;
    switch (type) {
      case TickMarkType.Year:
        return formatTime(time, { year: "numeric", timeZone });
      case TickMarkType.Month:
        return formatTime(time, { month: "short", timeZone });
      case TickMarkType.DayOfMonth:
        return this.#dayTick(time);
      default:
        return formatTime(time, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
    }
  }
}

function formatTime(time: Time, options: Intl.DateTimeFormatOptions): string {
  return typeof time === "number"
    ? new Intl.DateTimeFormat(undefined, options).format(new Date(time * 1000))
    : String(time);
}

/** The scale reaches below zero where prices do not. */
function formatPrice(price: number): string {
  if (price < 0) return "";
  return shortenAmount(price.toPrecision(12))?.text ?? "";
}

/** The library's brand for a number of seconds; nothing but a cast makes one. */
const timeOf = (bar: Bar) => bar.time as UTCTimestamp;

/** Where nothing was sold for a known price there is time, and no candle. */
function candlePoint(bar: Bar) {
  return bar.priced === 0 || bar.prices === null
    ? { time: timeOf(bar) }
    : { time: timeOf(bar), ...bar.prices };
}

function linePoint(bar: Bar) {
  return bar.prices === null ? { time: timeOf(bar) } : { time: timeOf(bar), value: bar.prices.close };
}
