import { useEffect, useMemo } from "react";
import { type CollectionItem, CollectionPage } from "../../../shared/contracts/collections.ts";
import { collectionsAddress } from "../api/addresses.ts";
import { readJson } from "../api/read-json.ts";
import { useAddress } from "../router.ts";
import { useSignInWhenRefused } from "../session/use-sign-in-when-refused.ts";
import { Connection } from "../ui/connection.tsx";
import { Failure } from "../ui/failure.tsx";
import { PageHeading } from "../ui/heading.tsx";
import { SimulatedBanner } from "../ui/simulated.tsx";
import { useRemote } from "../use-remote.ts";
import { CollectionTable } from "./collection-table.tsx";
import { ListControls } from "./list-controls.tsx";
import { readListQuery } from "./list-query.ts";
import { useMarketFeed } from "./use-market-feed.ts";

/** One page of the list; who has more collections than this searches. */
const SHOWN = 50;
const RELOAD_MS = 5_000;

export function CollectionList() {
  const query = readListQuery(useAddress());
  const address = collectionsAddress({ ...query, limit: SHOWN });
  const list = useRemote(address, (signal) => readJson(address, CollectionPage, signal), {
    keep: true,
  });
  const collections = list.data?.data;
  const slugs = useMemo(() => (collections ?? []).map((each) => each.slug), [collections]);
  const market = useMarketFeed(slugs);
  useSteadyReload(list.reload);
  useSignInWhenRefused(list.error);
  const simulated = (collections ?? []).filter((each) => each.simulated);

  return (
    <>
      <div className="list-head">
        <PageHeading title="Collections" />
        <Connection state={market.connection} retry={market.retry} />
        <ListControls query={query} />
      </div>
      {simulated.length > 0 && <SimulatedBanner all={simulated.length === slugs.length} />}
      {list.error !== null && <Failure what="The collections" error={list.error} retry={list.reload} />}
      {collections === undefined && list.error === null && (
        <p className="empty loading">Loading collections…</p>
      )}
      {collections && !(list.pending && collections.length === 0) && (
        <Listed collections={collections} quotes={market.quotes} searched={query.q} />
      )}
      {list.data?.next_cursor && (
        <p className="quiet list-foot">The first {SHOWN} are shown. Search to find others.</p>
      )}
    </>
  );
}

interface ListedProps {
  collections: CollectionItem[];
  quotes: ReturnType<typeof useMarketFeed>["quotes"];
  searched: string;
}

function Listed({ collections, quotes, searched }: ListedProps) {
  if (collections.length > 0) return <CollectionTable collections={collections} quotes={quotes} />;
  if (searched) return <p className="empty">No collection matches “{searched}”.</p>;
  return (
    <div className="empty">
      <h2>There are no collections yet</h2>
      <p>
        They appear with their first event: from a provider, from the simulated market, or from your own
        indexer by <code>POST /api/v1/market/events</code> (see <a href="/api/docs">the API</a>).
      </p>
    </div>
  );
}

/** Keeps figures of the database fresh while somebody looks. */
function useSteadyReload(reload: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") reload();
    }, RELOAD_MS);
    return () => clearInterval(timer);
  }, [reload]);
}
