import type { Position } from "../../../shared/contracts/live.ts";
import type { EventKind } from "../../../shared/contracts/market.ts";

const API = "/api/v1";

export type ListSort = "volume" | "floor" | "change" | "name";

export function collectionsAddress(ask: { q: string; sort: ListSort; limit: number }): string {
  const query = new URLSearchParams({ sort: ask.sort, limit: String(ask.limit) });
  if (ask.q) query.set("search", ask.q);
  return `${API}/collections?${query}`;
}

export function collectionAddress(slug: string): string {
  return `${API}/collections/${encodeURIComponent(slug)}`;
}

export function statsAddress(slug: string): string {
  return `${collectionAddress(slug)}/stats?range=day`;
}

/** The newest events of one kind, newest first. */
export function eventsOfKindAddress(slug: string, kind: EventKind, limit: number): string {
  return `${collectionAddress(slug)}/events?${new URLSearchParams({ kind, limit: String(limit) })}`;
}

/** Events after a position, in the order of their numbers. */
export function eventsAfterAddress(slug: string, { epoch, seq }: Position, limit: number): string {
  const query = new URLSearchParams({ epoch, after_seq: String(seq), limit: String(limit) });
  return `${collectionAddress(slug)}/events?${query}`;
}

/** The last `limit` candles up to `to` (`null`: now), those without a sale included. */
export function candlesAddress(slug: string, interval: string, to: string | null, limit: number): string {
  const query = new URLSearchParams({ interval, limit: String(limit), fill: "previous" });
  if (to) query.set("to", to);
  return `${collectionAddress(slug)}/candles?${query}`;
}
