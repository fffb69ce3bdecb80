import type { LiveReason, LiveState } from "../live/live-types.ts";
import { useNow } from "../now.ts";

const WHY: Record<LiveReason, string> = {
  starting: "",
  connect_failed: "the server could not be reached",
  connect_timeout: "the server did not answer",
  connection_lost: "the connection was lost",
  server_restart: "the server is restarting",
  heartbeat_timeout: "the connection went silent",
  no_answer: "the server did not answer",
  slow_consumer: "this page fell behind",
  abuse: "the server refused this page's messages",
  gap_persists: "events were missing",
  junk_persists: "the server's messages could not be read",
  handler_failed: "events could not be shown",
  session_ended: "the session has ended",
  closed_by_app: "",
};

const WORDS: Record<LiveState["phase"], string> = {
  connecting: "Connecting",
  live: "Live",
  resuming: "Catching up",
  offline: "Reconnecting",
  closed: "Not connected",
};

interface ConnectionProps {
  state: LiveState;
  retry(): void;
}

/** How the live connection is, in words; what changes every second is kept from screen readers. */
export function Connection({ state, retry }: ConnectionProps) {
  const now = useNow();
  const unplugged = state.phase === "offline" && !navigator.onLine;
  const word = unplugged ? "Offline" : WORDS[state.phase];
  const down = state.phase === "offline" || state.phase === "closed";
  const why = down ? WHY[state.reason] : "";
  const seconds = state.retry_at === null ? 0 : Math.max(0, Math.ceil((state.retry_at - now) / 1000));
  return (
    <div className="connection" data-phase={state.phase} title={why}>
      <span className="connection-dot" aria-hidden="true" />
      <span role="status" aria-live="polite">
        {word}
        <span className="unseen">{why && `: ${why}`}</span>
      </span>
      {state.retry_at !== null && (
        <>
          <span aria-hidden="true" className="connection-wait">
            in {seconds} s
          </span>
          <button type="button" className="link-button" onClick={retry}>
            Try now
          </button>
        </>
      )}
    </div>
  );
}
