import type { MetricSeries } from "../../../shared/contracts/metrics.ts";
import { metricName, valueText } from "../alerts/metric-words.ts";
import { utcTime } from "../format/time.ts";
import { linePaths } from "./line-paths.ts";

const WIDTH = 300;
const HEIGHT = 64;
const SPAN_MS = 3_600_000;

interface KeySeriesProps {
  series: readonly MetricSeries[];
  /** The right edge of the charts. */
  until: string;
}

/** A small chart for each of the figures that tell most at a glance. */
export function KeySeries({ series, until }: KeySeriesProps) {
  return (
    <ul className="key-series">
      {series.map((each) => (
        <SmallChart key={each.metric} series={each} name={metricName(each.metric)} until={until} />
      ))}
    </ul>
  );
}

function SmallChart({ series, name, until }: { series: MetricSeries; name: string; until: string }) {
  const known = series.points.flatMap(({ at, value }) => (value === null ? [] : [{ at, value }]));
  const last = known.at(-1);
  const textOf = (value: string) => valueText(value, series.unit);
  const highest = known.reduce((most, { value }) => Math.max(most, Number(value)), 0);
  const to = Date.parse(until);
  const paths = linePaths(series.points, {
    from: to - SPAN_MS,
    to,
    highest,
    width: WIDTH,
    height: HEIGHT,
  });
  const words =
    last === undefined
      ? `${name}: nothing was sampled in the last hour`
      : `${name}: ${textOf(last.value)} now, ${textOf(String(highest))} at most in the last hour`;
  return (
    <li title={series.metric}>
      <p>
        {name}{" "}
        <strong title={last && `${last.value}, ${utcTime(last.at)}`}>
          {last ? textOf(last.value) : "—"}
        </strong>
      </p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="small-chart"
        role="img"
        aria-label={words}
      >
        {paths.map((path) => (
          <path key={path} d={path} vectorEffect="non-scaling-stroke" />
        ))}
      </svg>
      <p className="quiet">
        {last === undefined ? "Nothing was sampled." : `0 to ${textOf(String(highest))}`}
      </p>
    </li>
  );
}
