import type { Window } from "./cursor.ts";

const HISTORY_TYPES = ["sale", "transfer", "mint"];
const ALL_TYPES = [...HISTORY_TYPES, "listing", "offer", "trait_offer", "collection_offer"];

export interface Endpoint {
  /** Base address, without a slash at its end. */
  api_url: string;
  api_key: string;
}

function get(endpoint: Endpoint, path: string, query: [string, string | number | null][] = []): Request {
  const url = new URL(endpoint.api_url.replace(/\/+$/, "") + path);
  for (const [name, value] of query) if (value !== null) url.searchParams.append(name, String(value));
  return new Request(url, { headers: { accept: "application/json", "x-api-key": endpoint.api_key } });
}

const part = encodeURIComponent;

/**
 * One page of a window. History is read without listings and offers: REST tells no cancellations, so old
 * listings would come back as open ones. What is open now is read from the best listings.
 */
export function eventsRequest(endpoint: Endpoint, slug: string, window: Window, limit: number): Request {
  const types = window.history ? HISTORY_TYPES : ALL_TYPES;
  return get(endpoint, `/api/v2/events/collection/${part(slug)}`, [
    ...types.map((type): [string, string] => ["event_type", type]),
    ["after", window.after],
    ["before", window.before],
    ["limit", limit],
    ["next", window.next],
  ]);
}

export function collectionRequest(endpoint: Endpoint, slug: string): Request {
  return get(endpoint, `/api/v2/collections/${part(slug)}`);
}

export function statsRequest(endpoint: Endpoint, slug: string): Request {
  return get(endpoint, `/api/v2/collections/${part(slug)}/stats`);
}

export function bestListingsRequest(endpoint: Endpoint, slug: string, limit: number): Request {
  return get(endpoint, `/api/v2/listings/collection/${part(slug)}/best`, [["limit", limit]]);
}

export function orderRequest(
  endpoint: Endpoint,
  chain: string,
  protocol: string,
  orderHash: string,
): Request {
  return get(endpoint, `/api/v2/orders/chain/${part(chain)}/protocol/${part(protocol)}/${part(orderHash)}`);
}
