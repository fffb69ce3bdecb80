import { useEffect, useState } from "react";
import { navigate, useAddress } from "../router.ts";

/** The token of the mail's link that led here, taken out of the address so that it stays in no history; empty without. */
export function useLinkToken(): string {
  const { pathname, searchParams } = useAddress();
  const [token] = useState(searchParams.get("token") ?? "");
  const isShown = searchParams.has("token");
  useEffect(() => {
    if (isShown) navigate(pathname, "replace");
  }, [isShown, pathname]);
  return token;
}
