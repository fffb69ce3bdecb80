import { WebSocket } from "ws";
import type { MarketEvent } from "../../../shared/contracts/market.ts";
import { LiveClient } from "../../../web/src/live/live-client.ts";
import type {
  LiveClientOptions,
  LiveProblem,
  LiveState,
  ResetNotice,
} from "../../../web/src/live/live-types.ts";

/** What a client's handlers were given, in order. */
export interface Recorder {
  client: LiveClient;
  events: MarketEvent[];
  snapshots: { epoch: string; seq: number; reset: ResetNotice | null }[];
  states: LiveState[];
  problems: LiveProblem[];
  seqs(collection?: string): number[];
}

/** A started client of `url` that records; reconnects within milliseconds. */
export function recordClient(options: Partial<LiveClientOptions> & { url: string }): Recorder {
  const events: MarketEvent[] = [];
  const snapshots: Recorder["snapshots"] = [];
  const states: LiveState[] = [];
  const problems: LiveProblem[] = [];
  const client = new LiveClient({
    subscriptions: [{ collection: "cryptopunks" }],
    onEvents: (_collection, batch) => void events.push(...batch),
    onSnapshot: ({ epoch, seq }, reset) => void snapshots.push({ epoch, seq, reset }),
    onState: (state) => void states.push(state),
    onProblem: (problem) => void problems.push(problem),
    ...options,
    host: { WebSocket, random: () => 0.01, ...options.host },
  });
  client.start();
  const seqs = (collection?: string) =>
    events.filter((event) => !collection || event.collection === collection).map((event) => event.seq);
  return { client, events, snapshots, states, problems, seqs };
}

/** first, first + 1, … last. */
export function numbers(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
