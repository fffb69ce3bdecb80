import { lazy, Suspense } from "react";
import { CollectionList } from "./list/collection-list.tsx";
import { useAddress } from "./router.ts";
import { MeProvider } from "./session/me.tsx";
import { useSession } from "./session/use-session.ts";
import { isAccountPath } from "./sign-in/account-paths.ts";
import { Boundary } from "./ui/boundary.tsx";
import { PageHeading } from "./ui/heading.tsx";
import { Link } from "./ui/link.tsx";
import { Shell } from "./ui/shell.tsx";

// The chart library is most of the code, and the list does not need it.
const CollectionPage = lazy(() => import("./collection/collection-page.tsx"));

const AlertsRoutes = lazy(() => import("./alerts/alerts-routes.tsx"));
const MonitoringPage = lazy(() => import("./monitoring/monitoring-page.tsx"));

// Who only watches the market needs none of these.
const AccountRoutes = lazy(() => import("./sign-in/account-routes.tsx"));

export function App() {
  const { pathname: asked } = useAddress();
  const pathname = asked === "/" ? asked : asked.replace(/\/$/, "");
  const state = useSession();
  // What is shown may depend on who asks: another log-in begins anew.
  const who = state.kind === "in" ? state.login : "";
  return (
    <MeProvider>
      <Shell>
        <Boundary key={`${pathname} ${who}`}>
          <Suspense fallback={<p className="empty loading">Loading…</p>}>
            <Page pathname={pathname} />
          </Suspense>
        </Boundary>
      </Shell>
    </MeProvider>
  );
}

function Page({ pathname }: { pathname: string }) {
  if (pathname === "/") return <CollectionList />;
  if (isAccountPath(pathname)) return <AccountRoutes path={pathname} />;
  if (/^\/alerts(?:\/(?:new|silences|rules(?:\/[^/]+)?))?$/.test(pathname))
    return <AlertsRoutes path={pathname} />;
  if (pathname === "/monitoring") return <MonitoringPage />;
  const slug = /^\/c\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug) return <CollectionPage key={slug} slug={decodeSlug(slug)} />;
  return (
    <div className="empty">
      <PageHeading title="There is no such page" />
      <p>
        Go to <Link to="/">the collections</Link>.
      </p>
    </div>
  );
}

function decodeSlug(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray percent sign: no collection is called that, and the API will say so.
    return part;
  }
}
