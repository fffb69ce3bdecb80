import { useEffect } from "react";
import { RequestFailed } from "../api/problem.ts";
import { navigate } from "../router.ts";
import { signInPath } from "./next-path.ts";

/** Leads to where what stands in the way can be done: signing in, or changing a password that has run out. */
export function useSignInWhenRefused(error: unknown): void {
  useEffect(() => {
    if (!(error instanceof RequestFailed)) return;
    const { pathname, search } = window.location;
    if (error.status === 401) navigate(signInPath(pathname + search), "replace");
    if (error.code === "password_change_required" && pathname !== "/account") navigate("/account", "replace");
  }, [error]);
}
