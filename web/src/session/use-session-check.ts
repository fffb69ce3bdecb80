import { useEffect } from "react";
import type { LiveState } from "../live/live-types.ts";
import { session } from "./session-here.ts";

/** A socket that the server closed with its session: asks the server at once, which signs out where it is so. */
export function useSessionCheck({ phase, reason }: LiveState): void {
  const ended = phase === "closed" && reason === "session_ended";
  useEffect(() => {
    // What fails here is said by the page's own reads.
    if (ended) session.check().catch(() => undefined);
  }, [ended]);
}
