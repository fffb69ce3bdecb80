import type { ReactNode } from "react";
import type { CollectionDetail, CollectionStats } from "../../../shared/contracts/collections.ts";
import type { Figure } from "../../../shared/contracts/figure.ts";
import type { Quote } from "../feed/quote.ts";
import { aboutFigure } from "../format/about.ts";
import { Amount } from "../ui/amount.tsx";
import { Age } from "../ui/moment.tsx";
import { Moving } from "../ui/moving.tsx";
import type { Remote } from "../use-remote.ts";
import { sayFailure } from "../words/say-failure.ts";
import { showFloor, showLast } from "./show-figures.ts";

interface FiguresProps {
  /** `null` where it could not be read. */
  detail: CollectionDetail | null;
  quote: Quote;
  stats: Remote<CollectionStats>;
}

const DAY_FIGURES = ["Volume 24 h", "Average 24 h", "Sales 24 h", "Buyers 24 h", "Sellers 24 h"];

/** The figures of a collection, each with where it comes from and how old it is. */
export function Figures({ detail, quote, stats }: FiguresProps) {
  const floor = showFloor(detail, quote);
  const last = showLast(detail, quote);
  const { data: day, error } = stats;
  const figures = day?.figures ?? null;
  return (
    <>
      <dl className="figures">
        <FigureBox name="Floor" lead value={floor.price} note={floor.note} at={floor.at}>
          <Amount value={floor.price} currency={floor.currency} about={floor.about} />
        </FigureBox>
        <FigureBox name="Last price" lead value={last.price} note={last.note} at={last.at}>
          <Amount value={last.price} currency={last.currency} about={last.about} />
        </FigureBox>
        {day && figures ? (
          <>
            <DayFigure name="Volume 24 h" value={day.volume} figure={figures.volume} />
            <DayFigure name="Average 24 h" value={day.average_price} figure={figures.average_price} />
            <DayFigure name="Sales 24 h" value={day.sales} figure={figures.sales} />
            <DayFigure name="Buyers 24 h" value={day.unique_buyers} figure={figures.unique_buyers} />
            <DayFigure name="Sellers 24 h" value={day.unique_sellers} figure={figures.unique_sellers} />
          </>
        ) : (
          DAY_FIGURES.map((name) => <PendingFigure key={name} name={name} failed={error !== null} />)
        )}
      </dl>
      {day && error !== null && (
        <p className="notice" role="status">
          The figures of the last 24 hours could not be renewed: {sayFailure(error).text}
        </p>
      )}
    </>
  );
}

interface FigureBoxProps {
  name: string;
  lead?: boolean;
  /** What is compared to tell that it moved. */
  value: string | null;
  note: string;
  at: string | null;
  children: ReactNode;
}

function FigureBox({ name, lead, value, note, at, children }: FigureBoxProps) {
  return (
    <div className={lead ? "figure figure-lead" : "figure"}>
      <dt>{name}</dt>
      <dd className="figure-value">
        <Moving value={value}>{children}</Moving>
      </dd>
      <dd className="figure-note">
        <span>{note}</span>
        {at && <Age at={at} />}
      </dd>
    </div>
  );
}

interface DayFigureProps {
  name: string;
  value: string | number | null;
  figure: Figure;
}

function DayFigure({ name, value, figure }: DayFigureProps) {
  const amount = value === null ? null : String(value);
  const note = figure.sources.join(", ") || "no sale known";
  return (
    <FigureBox name={name} value={amount} note={note} at={figure.as_of}>
      <Amount value={amount} currency={figure.currency} about={aboutFigure(name, figure)} />
    </FigureBox>
  );
}

/** While it is being read nothing is said of it. */
function PendingFigure({ name, failed }: { name: string; failed: boolean }) {
  return (
    <FigureBox name={name} value={null} note={failed ? "unavailable" : "…"} at={null}>
      {failed ? (
        <Amount value={null} about={`${name} could not be read`} />
      ) : (
        <span className="not-known">…</span>
      )}
    </FigureBox>
  );
}
