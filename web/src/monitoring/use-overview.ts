import { useEffect, useState } from "react";
import { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { RequestFailed } from "../api/problem.ts";
import { request } from "../api/request.ts";
import { NOT_CONNECTED } from "../feed/feed-state.ts";
import type { LiveState } from "../live/live-types.ts";
import { StreamLive } from "../live/stream-live.ts";

const STREAM = "/api/v1/monitoring/stream";

interface OverviewState {
  connection: LiveState;
  overview: MonitoringOverview | null;
  /** Why it is of no use to try again. */
  refused: RequestFailed | null;
}

/** The state of the platform as it changes, for as long as the view is there. */
export function useOverview(): OverviewState & { retry(): void } {
  const [state, setState] = useState<OverviewState>({
    connection: NOT_CONNECTED,
    overview: null,
    refused: null,
  });
  const [stream] = useState(
    () =>
      new StreamLive({
        open: (signal) => request(STREAM, { signal }),
        onEvent: ({ name, data }) => {
          if (name !== "overview") return;
          const overview = MonitoringOverview.parse(JSON.parse(data));
          setState((last) => ({ ...last, overview }));
        },
        onState: (connection) => setState((last) => ({ ...last, connection })),
        isFinal: (error) => {
          const refused = error instanceof RequestFailed && [401, 403].includes(error.status) ? error : null;
          if (refused !== null) setState((last) => ({ ...last, refused }));
          return refused !== null;
        },
      }),
  );
  useEffect(() => {
    stream.start();
    return () => stream.close();
  }, [stream]);
  const retry = () => {
    setState((last) => ({ ...last, refused: null }));
    // Whichever it is in: what was refused for good is closed, what failed waits.
    stream.start();
    stream.wake();
  };
  return { ...state, retry };
}
