import { useAddress } from "../router.ts";
import { useMe } from "../session/me.tsx";
import { signInPath } from "../session/next-path.ts";
import { useSession } from "../session/use-session.ts";
import { Link } from "./link.tsx";

/** In the header: who is signed in, or where to. */
export function AccountLink() {
  const state = useSession();
  const { data } = useMe();
  const { pathname, search } = useAddress();
  if (state.kind === "out") {
    const here = /^\/(?:$|c\/|alerts|monitoring)/.test(pathname) ? pathname + search : "/";
    return (
      <Link to={signInPath(here)} className="account-link">
        Sign in
      </Link>
    );
  }
  return (
    <Link to="/account" className="account-link" current={pathname === "/account"}>
      <span className="unseen">Account: </span>
      {data ? (data.name ?? data.email) : "Account"}
    </Link>
  );
}
