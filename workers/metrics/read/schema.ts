import { z } from "@hono/zod-openapi";
import { duration } from "../../../shared/contracts/duration.ts";
import { MetricDefinition, MetricName, MetricUnit } from "../../../shared/contracts/metrics.ts";
import { Cursor, limit, oneOf, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const DAY_MS = 86_400_000;
/** Of one answer. */
const MOST_SERIES = 100;

/** Every other parameter is a label. */
export const QueryParameters = z
  .object({
    metric: MetricName.meta({ description: "Name of the metric" }),
    window: duration(60_000, 30 * DAY_MS)
      .optional()
      .openapi({
        type: "string",
        description: "Of windowed and sampled metrics: what each point looks back over",
        example: "1h",
      }),
    from: text(64)
      .optional()
      .openapi({ description: "A time with a zone, or a date; 24 hours before `to` by default" }),
    to: text(64).optional().openapi({ description: "The same; now by default" }),
    step: duration(1000, 30 * DAY_MS)
      .optional()
      .openapi({
        type: "string",
        description: "Between two points; by default, so that there are at most 500",
        example: "5m",
      }),
    many: oneOf(["true", "false"]).optional().openapi({
      description: "With `true`, every series that matches is answered; so it is with a `match.` parameter",
    }),
  })
  .catchall(z.string({ error: "must be given once" }));
export type QueryParameters = z.output<typeof QueryParameters>;

/** How many series an answer may hold, where many are asked for. */
export const SeriesLimit = limit(MOST_SERIES, 20).openapi({ description: "Series of an answer with many" });

/** Labels that the document names; readings of one's own may have any. */
export const LabelParameters = z.object({
  collection: text(200).optional().openapi({ description: "Value of the label `collection`" }),
  host: text(200).optional().openapi({ description: "Value of the label `host`" }),
  type: text(200).optional().openapi({ description: "Value of the label `type`" }),
  component: text(200).optional().openapi({ description: "Value of the label `component`" }),
});

export const Catalogue = z.object({ data: z.array(MetricDefinition) }).openapi("MetricCatalogue");

export const SeriesQuery = query({
  metric: MetricName.optional().openapi({ description: "Only series of this metric" }),
  host: text(200).optional().openapi({ description: "Only series of this host" }),
  limit: limit(500, 100),
  cursor: Cursor,
});
export type SeriesQuery = z.output<typeof SeriesQuery>;

export const OwnSeries = z
  .object({
    id: z.string(),
    metric: z.string(),
    labels: z.record(z.string(), z.string()),
    type: z.enum(["gauge", "counter"]),
    unit: MetricUnit,
    /** The unit as it was sent. */
    sent_unit: z.string().nullable(),
    /** The newest reading; of a counter, its rate per second. */
    value: z.string().nullable(),
    last_at: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("OwnMetricSeries");
export type OwnSeries = z.infer<typeof OwnSeries>;

export const SeriesPage = z
  .object({ data: z.array(OwnSeries), next_cursor: z.string().nullable() })
  .openapi("OwnMetricSeriesPage");
export type SeriesPage = z.infer<typeof SeriesPage>;
