import { z } from "@hono/zod-openapi";

export const MAX_EVENTS = 1000;

/** The request around the events; each event is checked by itself, so that a bad one keeps out no good one. */
export const IngestRequest = z.object({
  events: z
    .array(z.unknown())
    .max(MAX_EVENTS, `may hold at most ${MAX_EVENTS} events; send the rest in another request`),
});

export const IngestAnswer = z
  .object({
    /** Events that are durable now. */
    accepted: z.number().int(),
    /** Events that were here already, by `event_key`. */
    duplicate: z.number().int(),
    rejected: z.array(
      z.object({
        index: z.number().int(),
        errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
      }),
    ),
    /** How far each collection's numbering goes after this request. */
    positions: z.array(z.object({ collection: z.string(), epoch: z.string(), head: z.number().int() })),
  })
  .openapi("IngestAnswer");
export type IngestAnswer = z.infer<typeof IngestAnswer>;
