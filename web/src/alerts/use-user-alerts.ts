import { useEffect, useState, useSyncExternalStore } from "react";
import type { Alert } from "../../../shared/contracts/alerts.ts";
import type { UserEvent } from "../../../shared/contracts/user-room.ts";
import { liveTicket } from "../api/live-ticket.ts";
import { NOT_CONNECTED } from "../feed/feed-state.ts";
import { Store } from "../feed/store.ts";
import type { LiveState } from "../live/live-types.ts";
import { UserLive } from "../live/user-live.ts";
import { useSessionCheck } from "../session/use-session-check.ts";
import { announcementOf, forgetTold, type Told, takeTold } from "./merge-alerts.ts";

interface AlertsState {
  connection: LiveState;
  told: Told;
  /** Grows when something changed that lists by REST should be read again for. */
  changes: number;
  /** Grows when the stream began (anew): what was before it must be read by REST. */
  begins: number;
  /** For those who listen. */
  announcement: string;
}

const EMPTY: AlertsState = {
  connection: NOT_CONNECTED,
  told: new Map(),
  changes: 0,
  begins: 0,
  announcement: "",
};

class UserAlertsFeed {
  readonly store = new Store<AlertsState>(EMPTY, (run) => void requestAnimationFrame(run));
  readonly live: UserLive;
  constructor() {
    const address = new URL("/api/v1/ws", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.live = new UserLive({
      url: address.href,
      kinds: ["alert", "sync"],
      credential: liveTicket,
      onState: (connection) => this.store.update((state) => ({ ...state, connection })),
      onBegin: () => this.store.update((state) => ({ ...state, begins: state.begins + 1 })),
      onEvents: (events) => this.store.update((state) => afterEvents(state, events)),
    });
  }

  /** Takes over what an answer of the API said of alerts: the stream may be slower. */
  readonly learn = (alerts: readonly Alert[]): void =>
    this.store.update((state) => ({
      ...state,
      told: takeTold(state.told, alerts, performance.now()),
      changes: state.changes + 1,
    }));

  /** Everything was read by REST since this time, of `performance.now()`. */
  readonly forget = (before: number): void =>
    this.store.update((state) => {
      const told = forgetTold(state.told, before);
      return told === state.told ? state : { ...state, told };
    });
}

function afterEvents(state: AlertsState, events: readonly UserEvent[]): AlertsState {
  const alerts = events.flatMap((event) => (event.kind === "alert" ? [event.data] : []));
  const begins = events.some(({ kind, data }) => kind === "sync" && data.scopes.includes("alerts"));
  const words = alerts.flatMap((alert) => announcementOf(state.told, alert) ?? []);
  return {
    ...state,
    told: takeTold(state.told, alerts, performance.now()),
    changes: state.changes + 1,
    begins: state.begins + (begins ? 1 : 0),
    announcement: words.length > 0 ? words.slice(-3).join(" ") : state.announcement,
  };
}

interface UserAlerts extends AlertsState {
  retry(): void;
  learn(alerts: readonly Alert[]): void;
  forget(before: number): void;
}

/** One's own alerts as they change, for as long as the view is there. */
export function useUserAlerts(): UserAlerts {
  const [feed] = useState(() => new UserAlertsFeed());
  useEffect(() => {
    feed.live.start();
    return () => feed.live.close();
  }, [feed]);
  const state = useSyncExternalStore(feed.store.subscribe, feed.store.get);
  useSessionCheck(state.connection);
  return { ...state, retry: () => feed.live.wake(), learn: feed.learn, forget: feed.forget };
}
