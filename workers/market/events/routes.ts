import { z } from "@hono/zod-openapi";
import { IngestAnswer } from "../../../shared/contracts/ingest.ts";
import { MarketEventInput } from "../../../shared/contracts/market.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { readJson } from "../../../shared/platform/http/body.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { ingestEvents } from "./ingest-events.ts";
import { KnownCollections } from "./known-collections.ts";
import { IngestRequest, MAX_EVENTS } from "./schema.ts";

const MAX_BODY_BYTES = 8 * 1024 * 1024;

const access: Access = { kind: "permission", permission: "market:ingest" };

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/market/events",
    operationId: "ingestEvents",
    tags: ["market"],
    summary: "Hand in market events from one's own indexer",
    description: `Takes up to ${MAX_EVENTS} events. Each is checked by itself: the good ones go in, the others are
reported by index. An event whose \`event_key\` the collection has seen is a duplicate and changes nothing, so
the same request may be sent again. When the answer comes, what was accepted is durable, and its collections can be named in
other requests. Their events are readable once the room has flushed, usually within a second. With \`Retry-After\`, the
database is away, and new collections can be named later.`,
    responses: {
      200: { description: "What became of them", content: { "application/json": { schema: IngestAnswer } } },
      ...problems(400, 413, 415, 422, 429, 503, 507),
    },
  },
);

const body = {
  required: true,
  content: {
    "application/json": {
      schema: z.object({ events: z.array(MarketEventInput).max(MAX_EVENTS) }).openapi("IngestRequest"),
    },
  },
};

export const eventsApp = createApp();

/** Of this isolate. */
const known = new KnownCollections();
/** A room flushes again within this once Postgres is back. */
const RETRY_S = 10;

// Declared with its body for the document, and checked by hand, event by event.
eventsApp.openAPIRegistry.registerPath({ ...documentOf(route), request: { body } });
eventsApp.post(route.path, authorise(access), async (c) => {
  const { events } = await readJson(c.req.raw, IngestRequest, MAX_BODY_BYTES);
  const { answer, named } = await ingestEvents(c.get("ctx"), events, known);
  if (!named) c.header("retry-after", String(RETRY_S));
  return c.json(answer, 200);
});
