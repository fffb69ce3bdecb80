import type { ReactNode } from "react";
import { useAddress } from "../router.ts";
import { PageHeading } from "../ui/heading.tsx";
import { Link } from "../ui/link.tsx";

const PLACES = [
  { to: "/alerts", label: "Alerts" },
  { to: "/alerts/rules", label: "Rules" },
  { to: "/alerts/silences", label: "Silences" },
] as const;

interface HeadProps {
  title: string;
  /** Whether one may make rules. */
  mayWrite: boolean;
  children?: ReactNode;
}

/** What the pages about alerts have above them: where one is, and the way to a new rule. */
export function AlertsHead({ title, mayWrite, children }: HeadProps) {
  const { pathname } = useAddress();
  return (
    <div className="alerts-head">
      <PageHeading title={title} />
      {children}
      <nav aria-label="Alerts" className="tabs">
        {PLACES.map(({ to, label }) => (
          <Link key={to} to={to} current={pathname === to}>
            {label}
          </Link>
        ))}
      </nav>
      {mayWrite && (
        <Link to="/alerts/new" className="button primary button-link">
          New rule
        </Link>
      )}
    </div>
  );
}
