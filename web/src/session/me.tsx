import { createContext, type ReactNode, useContext } from "react";
import { Me } from "../api/account.ts";
import { readJson } from "../api/read-json.ts";
import { type Remote, useRemote } from "../use-remote.ts";
import { useSession } from "./use-session.ts";

const MeContext = createContext<Remote<Me | null> | null>(null);

/** Reads who is signed in, anew for each log-in, for the header and the account's pages alike. */
export function MeProvider({ children }: { children: ReactNode }) {
  const state = useSession();
  const me = useRemote<Me | null>(state.kind === "in" ? state.login : "", (signal) =>
    state.kind === "in" ? readJson("/api/v1/auth/me", Me, signal) : Promise.resolve(null),
  );
  return <MeContext value={me}>{children}</MeContext>;
}

/** Who is signed in; `data` is `null` when nobody is, or it is not known yet. */
export function useMe(): Remote<Me | null> {
  const me = useContext(MeContext);
  if (me === null) throw new Error("useMe stands outside of MeProvider");
  return me;
}
