import { useSyncExternalStore } from "react";
import type { SessionState } from "./session.ts";
import { session } from "./session-here.ts";

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.get);
}
