import { useEffect, useState, useSyncExternalStore } from "react";
import { MarketFeed, type MarketState } from "../feed/market-feed.ts";
import { liveAddress } from "../live/live-address.ts";

/** Follows these collections for as long as the view is there. */
export function useMarketFeed(slugs: string[]): MarketState & { retry(): void } {
  const [feed] = useState(
    () =>
      new MarketFeed({
        url: liveAddress(window.location.href),
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
  return { ...state, retry: () => feed.client.wake() };
}
