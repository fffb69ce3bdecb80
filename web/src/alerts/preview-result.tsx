import Big from "big.js";
import { useEffect, useRef } from "react";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { useTheme } from "../theme.ts";
import { Moment } from "../ui/moment.tsx";
import { valueText } from "./metric-words.ts";
import { PreviewChart } from "./preview-chart.ts";
import { scaleOf } from "./preview-scale.ts";
import type { Preview } from "./shapes.ts";

const LISTED = 20;

interface ResultProps {
  preview: Preview;
  threshold: string | null;
  /** What was compared is a change in percent. */
  percent: boolean;
  metric: MetricDefinition | undefined;
}

/** When a rule would have fired, as a list and over what it compared; takes the focus when it appears. */
export function PreviewResult({ preview, threshold, percent, metric }: ResultProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const { count, firings, series } = preview;
  const times = count === 1 ? "once" : `${count} times`;
  const days = Math.round((Date.parse(preview.to) - Date.parse(preview.from)) / 86_400_000);
  const textOf = (value: string) => valueText(value, metric?.unit, percent ? "change_percent" : "value");
  return (
    <section className="preview" aria-label="Preview">
      <h3 ref={heading} tabIndex={-1}>
        Would have fired {count === 0 ? "never" : times} in the last {days} days
      </h3>
      {firings.length > 0 && (
        <ol className="alert-steps">
          {firings.slice(-LISTED).map((firing) => (
            <li key={`${firing.fired_at} ${JSON.stringify(firing.labels)}`}>
              <Moment at={firing.fired_at} />
              {firing.value !== null && <span title={firing.value}>, at {textOf(firing.value)}</span>}
              {series.length > 1 && <>, {Object.values(firing.labels).join(", ")}</>}
              {firing.resolved_at === null ? (
                "; still active"
              ) : (
                <>
                  ; ended <Moment at={firing.resolved_at} />
                </>
              )}
            </li>
          ))}
        </ol>
      )}
      {count > LISTED && <p className="quiet">The newest {LISTED} are listed.</p>}
      {series.length === 0 && <p className="quiet">Nothing is stored to try it on.</p>}
      {series.slice(0, 3).map((each) => (
        <Plotted
          key={JSON.stringify(each.labels)}
          series={each}
          firings={firings.filter(({ labels }) => sameLabels(labels, each.labels))}
          threshold={threshold}
          textOf={textOf}
        />
      ))}
    </section>
  );
}

function sameLabels(left: Record<string, string>, right: Record<string, string>): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

/** A number of the chart as the figures beside it are written: no exponent, and no digits that a float made up. */
const plain = (value: number) => new Big(Number(value.toPrecision(10))).toFixed();

interface PlottedProps {
  series: Preview["series"][number];
  firings: Preview["firings"];
  threshold: string | null;
  textOf(value: string): string;
}

function Plotted({ series, firings, threshold, textOf }: PlottedProps) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<PreviewChart | null>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn once; another preview is another element
  useEffect(() => {
    if (!frame.current) return;
    const drawn = new PreviewChart(frame.current, (value) => textOf(plain(value)));
    drawn.show(series.points, firings, threshold);
    chart.current = drawn;
    return () => drawn.dispose();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme is in the document, where the chart reads it
  useEffect(() => chart.current?.paint(), [theme]);
  const known = series.points.flatMap(({ value }) => (value === null ? [] : [Number(value)]));
  const name = Object.values(series.labels).join(", ");
  if (known.length === 0) return <p className="quiet">{name}: nothing was known in this time.</p>;
  const from = textOf(plain(Math.min(...known)));
  const to = textOf(plain(Math.max(...known)));
  const limit = threshold === null ? null : Number(threshold);
  const off = limit !== null && scaleOf(known, limit)?.holds === false ? ", off the chart" : "";
  const words = `${name}: from ${from} to ${to}${threshold === null ? "" : `, threshold ${textOf(threshold)}${off}`}`;
  return (
    <figure className="preview-plot">
      <figcaption className="quiet">{words}</figcaption>
      <div ref={frame} className="preview-chart" role="img" aria-label={words} />
    </figure>
  );
}
