import { useEffect, useState, useSyncExternalStore } from "react";
import { liveTicket } from "../api/live-ticket.ts";
import { MarketFeed, type MarketState } from "../feed/market-feed.ts";
import { liveAddress } from "../live/live-address.ts";
import { useSessionCheck } from "../session/use-session-check.ts";

/** Follows these collections for as long as the view is there. */
export function useMarketFeed(slugs: string[]): MarketState & { retry(): void } {
  const [feed] = useState(
    () =>
      new MarketFeed({
        url: liveAddress(window.location.href),
        credential: liveTicket,
        schedule: (run) => void requestAnimationFrame(run),
      }),
  );
  const key = slugs.join(" ");
  useEffect(() => {
    feed.client.start();
    return () => feed.client.close();
  }, [feed]);
  useEffect(() => {
    feed.follow(key === "" ? [] : key.split(" "));
  }, [feed, key]);
  const state = useSyncExternalStore(feed.store.subscribe, feed.store.get);
  useSessionCheck(state.connection);
  return { ...state, retry: () => feed.client.wake() };
}
