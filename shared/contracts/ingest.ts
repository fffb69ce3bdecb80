import { z } from "zod";

/** What became of the events of a request; every one of them is in exactly one of the three counts. */
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
  .meta({ id: "IngestAnswer" });
export type IngestAnswer = z.infer<typeof IngestAnswer>;
