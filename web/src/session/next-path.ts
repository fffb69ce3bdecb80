const SIGN_IN = "/sign-in";

/** Where to sign in, and come back to `here` afterwards. */
export function signInPath(here: string): string {
  return here === "/" ? SIGN_IN : `${SIGN_IN}?${new URLSearchParams({ next: here })}`;
}

/**
 * Where to go after signing in: what `next` names, if that is a page of this origin, and not the sign-in itself.
 * Anything else, such as the address of a foreign site that a link slipped in, leads to the start (CWE-601).
 */
export function pathAfterSignIn(next: string | null, origin: string): string {
  if (next === null || !next.startsWith("/") || !URL.canParse(next, origin)) return "/";
  const url = new URL(next, origin);
  if (url.origin !== origin || url.pathname === SIGN_IN) return "/";
  // A path that begins with two slashes would be read as a host.
  return url.pathname.startsWith("//") ? "/" : url.pathname + url.search + url.hash;
}
