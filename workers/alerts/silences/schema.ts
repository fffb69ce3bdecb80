import { z } from "@hono/zod-openapi";
import { Silence, SilenceFields, SilenceHits } from "../../../shared/contracts/alerts.ts";
import { Instant } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, oneOf, pathId } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

/** Made here, so that it can be described for the OpenAPI document. */
const Time = z.string().pipe(Instant);
const time = (description: string, example: string) =>
  Time.openapi({ type: "string", format: "date-time", description, example });

const END = "It holds back until then; at most a year from now";

export const SilenceParams = z.object({
  id: pathId("sil", "silence"),
});

export const SilencesQuery = query({
  state: oneOf(["waiting", "active", "ended"]).optional().openapi({
    description: "`waiting`: it has not begun yet",
  }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type SilencesQuery = z.output<typeof SilencesQuery>;

export const CreateSilenceRequest = SilenceFields.extend({
  starts_at: time("By default, now", "2026-11-21T22:00:00Z").optional(),
  ends_at: time(END, "2026-11-22T06:00:00Z"),
}).openapi("CreateSilenceRequest", {
  example: {
    matchers: [{ label: "collection", operator: "=", value: "cryptopunks" }],
    ends_at: "2026-11-22T06:00:00Z",
    comment: "The floor is being swept on purpose",
  },
});
export type CreateSilenceRequest = z.output<typeof CreateSilenceRequest>;

export const ChangeSilenceRequest = z
  .strictObject({
    ends_at: time(END, "2026-11-22T06:00:00Z"),
    comment: SilenceFields.shape.comment.unwrap(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "must change something: ends_at, comment")
  .openapi("ChangeSilenceRequest");
export type ChangeSilenceRequest = z.output<typeof ChangeSilenceRequest>;

/** A silence with the standing alerts that its matchers hold for. */
export const SilenceWithHits = Silence.extend({ hits: SilenceHits }).openapi("SilenceWithHits");
export type SilenceWithHits = z.output<typeof SilenceWithHits>;

export const PreviewSilenceRequest = SilenceFields.pick({ matchers: true }).openapi("PreviewSilenceRequest", {
  example: { matchers: [{ label: "collection", operator: "=", value: ["cryptopunks", "azuki"] }] },
});

export const SilencePage = z
  .object({ data: z.array(Silence), next_cursor: z.string().nullable() })
  .openapi("SilencePage");
export type SilencePage = z.infer<typeof SilencePage>;
