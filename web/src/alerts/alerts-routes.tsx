import { useMe } from "../session/me.tsx";
import { useSignInWhenSignedOut } from "../session/use-sign-in-when-signed-out.ts";
import { Failure } from "../ui/failure.tsx";
import { PageHeading } from "../ui/heading.tsx";
import { Link } from "../ui/link.tsx";
import { AlertsPage } from "./alerts-page.tsx";
import { ChangeRulePage, NewRulePage } from "./rule-form-page.tsx";
import { RulesPage } from "./rules-page.tsx";
import { SilencesPage } from "./silences-page.tsx";

/** What stands at each path of alerts; whoever is signed out is led to signing in, and back. */
export default function AlertsRoutes({ path }: { path: string }) {
  useSignInWhenSignedOut();
  const { data, error, reload } = useMe();
  if (error !== null) return <Failure what="Your account" error={error} retry={reload} />;
  if (data === null) return <p className="empty loading">Loading…</p>;
  const { permissions } = data;
  if (!permissions.includes("alerts:read"))
    return (
      <div className="empty">
        <PageHeading title="Alerts" />
        <p>Your role does not allow reading alerts. An administrator can change that.</p>
      </div>
    );
  return <Place path={path} permissions={permissions} />;
}

function Place({ path, permissions }: { path: string; permissions: readonly string[] }) {
  const mayWrite = permissions.includes("alerts:write");
  if (path === "/alerts") return <AlertsPage mayWrite={mayWrite} />;
  if (path === "/alerts/rules") return <RulesPage mayWrite={mayWrite} />;
  if (path === "/alerts/silences") return <SilencesPage mayWrite={mayWrite} />;
  if (!mayWrite)
    return (
      <div className="empty">
        <PageHeading title="Alert rules" />
        <p>
          Your role allows reading alerts, not making rules. Go to <Link to="/alerts">your alerts</Link>.
        </p>
      </div>
    );
  const id = /^\/alerts\/rules\/([^/]+)$/.exec(path)?.[1];
  if (id !== undefined) return <ChangeRulePage key={id} id={id} permissions={permissions} />;
  return <NewRulePage permissions={permissions} />;
}
