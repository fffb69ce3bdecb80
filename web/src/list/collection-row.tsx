import { memo } from "react";
import type { CollectionItem } from "../../../shared/contracts/collections.ts";
import type { Quote } from "../feed/quote.ts";
import { aboutFigure } from "../format/about.ts";
import { nameBesideBadge } from "../format/names.ts";
import { Amount } from "../ui/amount.tsx";
import { Link } from "../ui/link.tsx";
import { Age } from "../ui/moment.tsx";
import { Moving } from "../ui/moving.tsx";
import { Change } from "../ui/percent.tsx";
import { SimulatedBadge } from "../ui/simulated.tsx";
import { showQuote } from "./show-quote.ts";

interface RowProps {
  collection: CollectionItem;
  quote: Quote | undefined;
}

/** One collection in the list: the database's figures, and over them what the live stream knows better. */
export const CollectionRow = memo(function CollectionRow({ collection, quote }: RowProps) {
  const shown = showQuote(collection, quote);
  const { figures } = collection;
  const change = (
    <Change
      percent={collection.change_24h}
      about={aboutFigure("Floor against 24 hours ago", figures.change_24h)}
    />
  );
  const sales = (
    <Amount
      value={String(collection.sales_24h)}
      about={aboutFigure("Sales of the last 24 hours", figures.sales_24h)}
    />
  );
  return (
    <tr>
      <th scope="row">
        <span className="list-title">
          <Link to={`/c/${encodeURIComponent(collection.slug)}`}>
            {shown.simulated ? nameBesideBadge(collection.name) : collection.name}
          </Link>
          {shown.simulated && <SimulatedBadge />}
        </span>
      </th>
      <td>
        <Moving value={shown.floor.price}>
          <Amount
            column
            value={shown.floor.price}
            currency={shown.floor.currency}
            about={shown.floor.about}
          />
        </Moving>
        <span className="narrow-only">{change}</span>
      </td>
      <td className="not-narrow">{change}</td>
      <td>
        <Moving value={collection.volume_24h}>
          <Amount
            column
            value={collection.volume_24h}
            currency={figures.volume_24h.currency}
            about={aboutFigure("Sales of the last 24 hours", figures.volume_24h)}
          />
        </Moving>
        <span className="narrow-only quiet">
          {sales} {collection.sales_24h === 1 ? "sale" : "sales"}
        </span>
      </td>
      <td className="wide-only">{sales}</td>
      <td className="wide-only">
        <Moving value={shown.last.price}>
          <Amount column value={shown.last.price} currency={shown.last.currency} about={shown.last.about} />
        </Moving>
      </td>
      <td className="wide-only quiet">
        {shown.as_of ? <Age at={shown.as_of} /> : <Amount column value={null} about="Age of the figures" />}
      </td>
    </tr>
  );
});
