import { useState } from "react";
import { navigate } from "../router.ts";
import { session } from "../session/session-here.ts";
import { forgetHere } from "./notifications/this-browser.ts";

/** Signs out here and leads to the start; the server is told, and where it cannot be, the reader is. */
export function SignOut() {
  const [busy, setBusy] = useState(false);
  const signOut = () => {
    setBusy(true);
    navigate("/", "replace");
    // Whoever sits here next is not to be shown what comes.
    void forgetHere().catch(() => {});
    void session.end();
  };
  return (
    <button type="button" className="button" onClick={signOut} disabled={busy}>
      Sign out
    </button>
  );
}
