import { useEffect } from "react";
import { navigate } from "../router.ts";
import { signInPath } from "./next-path.ts";
import { useSession } from "./use-session.ts";

/** For pages that are somebody's: leads those who are nobody to signing in, and back. */
export function useSignInWhenSignedOut(): void {
  const { kind } = useSession();
  useEffect(() => {
    const { pathname, search } = window.location;
    if (kind === "out") navigate(signInPath(pathname + search), "replace");
  }, [kind]);
}
