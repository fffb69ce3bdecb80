import { useAddress } from "../router.ts";
import { useMe } from "../session/me.tsx";
import { useSession } from "../session/use-session.ts";
import { Link } from "./link.tsx";

/** The places of the header. What needs a permission is there for whoever has it. */
export function MainNav() {
  const { pathname } = useAddress();
  const { kind } = useSession();
  const { data } = useMe();
  const permissions = data?.permissions ?? [];
  return (
    <nav aria-label="Main">
      {(kind === "out" || permissions.includes("alerts:read")) && (
        <Link to="/alerts" current={pathname.startsWith("/alerts")}>
          Alerts
        </Link>
      )}
      {permissions.includes("monitoring:read") && (
        <Link to="/monitoring" current={pathname === "/monitoring"}>
          Monitoring
        </Link>
      )}
      <a href="/api/docs" className="not-narrow">
        API
      </a>
      <a href="/api/redoc" className="not-narrow">
        Reference
      </a>
    </nav>
  );
}
