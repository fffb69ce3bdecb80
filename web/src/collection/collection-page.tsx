import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { CollectionDetail } from "../../../shared/contracts/collections.ts";
import { collectionAddress } from "../api/addresses.ts";
import { liveTicket } from "../api/live-ticket.ts";
import { RequestFailed } from "../api/problem.ts";
import { readJson } from "../api/read-json.ts";
import { CollectionFeed } from "../feed/collection-feed.ts";
import { nameBesideBadge } from "../format/names.ts";
import { liveAddress } from "../live/live-address.ts";
import { systemNow } from "../now.ts";
import { useSessionCheck } from "../session/use-session-check.ts";
import { useSignInWhenRefused } from "../session/use-sign-in-when-refused.ts";
import { Connection } from "../ui/connection.tsx";
import { Failure } from "../ui/failure.tsx";
import { PageHeading } from "../ui/heading.tsx";
import { Link } from "../ui/link.tsx";
import { SimulatedBadge, SimulatedBanner } from "../ui/simulated.tsx";
import { type Remote, useRemote } from "../use-remote.ts";
import { Figures } from "./figures.tsx";
import type { KindFilter } from "./kinds.ts";
import { PricePanel } from "./price-panel.tsx";
import { TradesTable } from "./trades-table.tsx";
import { useHistory } from "./use-history.ts";
import { useStats } from "./use-stats.ts";

/** What could not be read is tried again this often. */
const RETRY_MS = 5_000;

/** One collection: figures, chart and trades, live. */
export default function CollectionPage({ slug }: { slug: string }) {
  const address = collectionAddress(slug);
  const detail = useRemote(address, (signal) => readJson(address, CollectionDetail, signal));
  const { data, error, reload } = detail;
  useSignInWhenRefused(error);
  useEffect(() => {
    if (error === null) return;
    const timer = setTimeout(reload, RETRY_MS);
    return () => clearTimeout(timer);
  }, [error, reload]);
  if (error instanceof RequestFailed && error.status === 404) return <Missing slug={slug} />;
  // Without the database the room still tells what happens.
  if (data || error !== null) return <Watched slug={slug} read={detail} />;
  return (
    <>
      <Head name={slug} slug={slug} />
      <p className="empty loading">Loading {slug}…</p>
    </>
  );
}

function Watched({ slug, read }: { slug: string; read: Remote<CollectionDetail> }) {
  const detail = read.data;
  const feed = useFeed(slug);
  const state = useSyncExternalStore(feed.store.subscribe, feed.store.get);
  useSessionCheck(state.connection);
  const { quote } = state;
  const [kind, setKind] = useState<KindFilter>("all");
  const history = useHistory(feed, slug, kind, state.began_at);
  const stats = useStats(slug, quote.sales_seen);
  const simulated = detail?.simulated === true || quote.simulated === true;
  return (
    <>
      <Head name={detail?.name ?? slug} slug={slug} simulated={simulated}>
        <Connection state={state.connection} retry={() => feed.client.wake()} />
      </Head>
      {simulated && <SimulatedBanner all />}
      {read.error !== null && <Failure what="The collection" error={read.error} retry={read.reload} />}
      <Figures detail={detail} quote={quote} stats={stats} />
      <div className="collection-grid">
        <PricePanel
          feed={feed}
          slug={slug}
          unit={detail?.currency ?? null}
          lastSaleAt={quote.last_price?.at ?? detail?.last_sale_at ?? null}
          salesADay={detail?.sales_24h ?? null}
        />
        <TradesTable state={state} kind={kind} onKind={setKind} history={history} />
      </div>
    </>
  );
}

interface HeadProps {
  name: string;
  slug: string;
  simulated?: boolean;
  children?: ReactNode;
}

function Head({ name, slug, simulated, children }: HeadProps) {
  return (
    <div className="collection-head">
      <nav aria-label="Way here" className="crumbs">
        <Link to="/">Collections</Link> <span aria-hidden="true">/</span> {slug}
      </nav>
      <PageHeading title={name}>
        {simulated ? nameBesideBadge(name) : name} {simulated && <SimulatedBadge />}
      </PageHeading>
      <Link to={`/alerts/new?${new URLSearchParams({ collection: slug })}`} className="alert-me">
        Alert me<span className="unseen"> about {name}</span>
      </Link>
      {children}
    </div>
  );
}

function Missing({ slug }: { slug: string }) {
  return (
    <div className="empty">
      <PageHeading title={`There is no collection “${slug}”`} />
      <p>
        It appears with its first event. Go to <Link to="/">the collections</Link>.
      </p>
    </div>
  );
}

function useFeed(slug: string): CollectionFeed {
  const [feed] = useState(
    () =>
      new CollectionFeed({
        slug,
        url: liveAddress(window.location.href, slug),
        credential: liveTicket,
        now: systemNow,
        schedule: (run) => void requestAnimationFrame(run),
      }),
  );
  useEffect(() => {
    feed.client.start();
    return () => feed.client.close();
  }, [feed]);
  return feed;
}
