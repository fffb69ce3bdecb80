/** An event as OpenSea holds it: when it happened and when the API begins to show it, in seconds. */
export interface HeldEvent {
  at: number;
  shown_at: number;
  body: Record<string, unknown>;
}

export interface EventsQuery {
  after: number | null;
  before: number | null;
  types: string[];
  limit: number;
  next: string | null;
}

export class CursorRefused extends Error {}

/**
 * How OpenSea pages events: newest first, at most `limit`, with a cursor that counts places, so that events
 * shown in between shift what follows. `before` and `after` leave their own second out, or do not (`inclusive`).
 */
export function pageEvents(
  held: readonly HeldEvent[],
  query: EventsQuery,
  now: number,
  inclusive = false,
): { asset_events: Record<string, unknown>[]; next?: string } {
  const slack = inclusive ? 1 : 0;
  const shown = held
    .filter(({ at, shown_at, body }) => {
      const inTime =
        (query.after === null || at > query.after - slack) &&
        (query.before === null || at < query.before + slack);
      return (
        shown_at <= now &&
        inTime &&
        (query.types.length === 0 || query.types.includes(String(body.event_type)))
      );
    })
    .sort((a, b) => b.at - a.at);
  const start = query.next === null ? 0 : Number(query.next);
  if (!Number.isInteger(start)) throw new CursorRefused();
  const end = start + query.limit;
  const asset_events = shown.slice(start, end).map(({ body }) => body);
  return end < shown.length ? { asset_events, next: String(end) } : { asset_events };
}

export function readEventsQuery(url: URL): EventsQuery {
  const number = (name: string) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : null);
  return {
    after: number("after"),
    before: number("before"),
    types: url.searchParams.getAll("event_type"),
    limit: number("limit") ?? 50,
    next: url.searchParams.get("next"),
  };
}
