import { z } from "@hono/zod-openapi";

export const MAX_EVENTS = 1000;

/** The request around the events; each event is checked by itself, so that a bad one keeps out no good one. */
export const IngestRequest = z.object({
  events: z
    .array(z.unknown())
    .max(MAX_EVENTS, `may hold at most ${MAX_EVENTS} events; send the rest in another request`),
});
