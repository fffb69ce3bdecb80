import { lazy, Suspense } from "react";
import { CollectionList } from "./list/collection-list.tsx";
import { useAddress } from "./router.ts";
import { Boundary } from "./ui/boundary.tsx";
import { PageHeading } from "./ui/heading.tsx";
import { Link } from "./ui/link.tsx";
import { Shell } from "./ui/shell.tsx";

// The chart library is most of the code, and the list does not need it.
const CollectionPage = lazy(() => import("./collection/collection-page.tsx"));

export function App() {
  const { pathname } = useAddress();
  return (
    <Shell>
      <Boundary key={pathname}>
        <Suspense fallback={<p className="empty">Loading…</p>}>
          <Page pathname={pathname} />
        </Suspense>
      </Boundary>
    </Shell>
  );
}

function Page({ pathname }: { pathname: string }) {
  if (pathname === "/") return <CollectionList />;
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
