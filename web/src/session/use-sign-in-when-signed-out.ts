import { useEffect } from "react";
import { navigate } from "../router.ts";
import { signInPath } from "./next-path.ts";
import { useSession } from "./use-session.ts";

/** For pages that are somebody's: leads those who are nobody to signing in, and back. */
export function useSignInWhenSignedOut(): void {
  const { kind } = useSession();
  useEffect(() => {
    if (kind === "out") navigate(signInPath(window.location.pathname), "replace");
  }, [kind]);
}
