import { useAddress } from "../router.ts";
import { signInPath } from "../session/next-path.ts";
import { useSession } from "../session/use-session.ts";
import { Link } from "./link.tsx";

/** Says why nobody is signed in any more, until somebody is. */
export function SignedOutNotice() {
  const state = useSession();
  const { pathname, search } = useAddress();
  const notice = state.kind === "out" ? state.notice : null;
  return (
    <div role="status">
      {notice !== null && (
        <p className="notice signed-out">
          <span>
            <strong>You are signed out.</strong> {notice}
          </span>
          {pathname !== "/sign-in" && <Link to={signInPath(pathname + search)}>Sign in</Link>}
        </p>
      )}
    </div>
  );
}
