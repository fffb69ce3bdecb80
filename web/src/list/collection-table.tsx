import type { CollectionItem } from "../../../shared/contracts/collections.ts";
import type { Quote } from "../feed/quote.ts";
import { CollectionRow } from "./collection-row.tsx";

interface TableProps {
  collections: CollectionItem[];
  quotes: ReadonlyMap<string, Quote>;
}

export function CollectionTable({ collections, quotes }: TableProps) {
  return (
    <div className="list-frame">
      <table className="list">
        <caption className="unseen">Collections with their floor, volume and last price</caption>
        <thead>
          <tr>
            <th scope="col">Collection</th>
            <th scope="col">Floor</th>
            <th scope="col" className="not-narrow">
              <abbr title="Floor against 24 hours ago">Floor 24 h</abbr>
            </th>
            <th scope="col">
              Volume <span className="not-narrow">24 h</span>
            </th>
            <th scope="col" className="wide-only">
              Sales 24 h
            </th>
            <th scope="col" className="wide-only">
              Last price
            </th>
            <th scope="col" className="wide-only">
              As of
            </th>
          </tr>
        </thead>
        <tbody>
          {collections.map((collection) => (
            <CollectionRow
              key={collection.slug}
              collection={collection}
              quote={quotes.get(collection.slug)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}
