import { useEffect, useRef } from "react";
import { CollectionStats } from "../../../shared/contracts/collections.ts";
import { statsAddress } from "../api/addresses.ts";
import { readJson } from "../api/read-json.ts";
import { type Remote, useRemote } from "../use-remote.ts";

/** While sales come in, figures of the database are read this often; otherwise once a minute, as the day moves on. */
const BUSY_MS = 3_000;
const QUIET_MS = 60_000;

/** Figures of the last 24 hours. `moved` is any number that changes when they may have changed. */
export function useStats(slug: string, moved: number): Remote<CollectionStats> {
  const address = statsAddress(slug);
  const stats = useRemote(address, (signal) => readJson(address, CollectionStats, signal));
  const { reload } = stats;
  const dirty = useRef(0);
  useEffect(() => {
    // Twice: the first reading may come before the database has what the stream has shown already.
    if (moved > 0) dirty.current = 2;
  }, [moved]);
  useEffect(() => {
    let waited = 0;
    const timer = setInterval(() => {
      waited += BUSY_MS;
      if (document.visibilityState !== "visible") return;
      if (dirty.current === 0 && waited < QUIET_MS) return;
      dirty.current = Math.max(0, dirty.current - 1);
      waited = 0;
      reload();
    }, BUSY_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return stats;
}
