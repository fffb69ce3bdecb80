import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { collectionReply, statsReply } from "./build.ts";
import { CursorRefused, type HeldEvent, pageEvents, readEventsQuery } from "./events-api.ts";
import { type AnswerKind, createAnswerCheck } from "./openapi.ts";

/** What the next request meets instead of an answer. */
export type Fault = "hang" | "hang up" | { status: number; headers?: Record<string, string>; body?: string };

export interface OpenSeaRest {
  url: string;
  /** Unix seconds: what the API shows depends on it. */
  clock: { now: number };
  events: Map<string, HeldEvent[]>;
  listings: Map<string, Record<string, unknown>[]>;
  orders: Map<string, Record<string, unknown>>;
  /** One is taken for each request. */
  faults: Fault[];
  /** Fields that take the place of those in every answer, for answers that break the document. */
  lies: Map<string, unknown>;
  requests: URL[];
  /** What answers broke of OpenSea's document. */
  violations: string[];
  close(): Promise<void>;
}

type Answer = { kind: AnswerKind; status: number; body: unknown };
const notFound = (what: string): Answer => ({
  kind: "error",
  status: 404,
  body: { errors: [`${what} not found`] },
});

/** A stand-in for OpenSea's REST API v2: every answer it makes itself is held to OpenSea's document. */
export async function startOpenSeaRest(apiKey: string, now: number): Promise<OpenSeaRest> {
  const check = createAnswerCheck();
  const server = createServer((request, response) => serve(request, response));
  const rest: OpenSeaRest = {
    url: "",
    clock: { now },
    events: new Map(),
    listings: new Map(),
    orders: new Map(),
    faults: [],
    lies: new Map(),
    requests: [],
    violations: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };

  function answer(url: URL): Answer {
    const [, collection, part] = /^\/api\/v2\/collections\/([^/]+)(\/stats)?$/.exec(url.pathname) ?? [];
    const [, events] = /^\/api\/v2\/events\/collection\/([^/]+)$/.exec(url.pathname) ?? [];
    const [, best] = /^\/api\/v2\/listings\/collection\/([^/]+)\/best$/.exec(url.pathname) ?? [];
    const [, order] = /^\/api\/v2\/orders\/chain\/[^/]+\/protocol\/[^/]+\/([^/]+)$/.exec(url.pathname) ?? [];
    const slug = collection ?? events ?? best;
    if (slug !== undefined && !rest.events.has(slug)) return notFound("Collection");
    if (collection !== undefined)
      return part === undefined
        ? { kind: "collection", status: 200, body: collectionReply(collection) }
        : { kind: "stats", status: 200, body: statsReply() };
    if (events !== undefined)
      return {
        kind: "events",
        status: 200,
        body: pageEvents(rest.events.get(events) ?? [], readEventsQuery(url), rest.clock.now),
      };
    if (best !== undefined)
      return { kind: "listings", status: 200, body: { listings: rest.listings.get(best) ?? [] } };
    const known = rest.orders.get(order ?? "");
    return known === undefined ? notFound("Order") : { kind: "order", status: 200, body: { order: known } };
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", rest.url);
    rest.requests.push(url);
    const fault = rest.faults.shift();
    if (fault === "hang") return;
    if (fault === "hang up") {
      request.socket.destroy();
      return;
    }
    if (fault !== undefined) {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '{"errors": []}');
      return;
    }
    if (request.headers["x-api-key"] !== apiKey) {
      response.writeHead(401).end('{"errors": ["Invalid API key"]}');
      return;
    }
    send(response, url);
  }

  function send(response: ServerResponse, url: URL): void {
    try {
      const { kind, status, body } = answer(url);
      rest.violations.push(...check(kind, body));
      const sent = { ...(body as object), ...Object.fromEntries(rest.lies) };
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(sent));
    } catch (error) {
      if (!(error instanceof CursorRefused)) throw error;
      response.writeHead(500).end('{"errors": ["Internal server error"]}');
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  rest.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return rest;
}
