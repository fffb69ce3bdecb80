import { z } from "zod";
import { Alert, AlertRule, AlertTransition, Silence } from "../../../shared/contracts/alerts.ts";
import { MetricDefinition } from "../../../shared/contracts/metrics.ts";

const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });

export const AlertPage = pageOf(Alert);
export const RulePage = pageOf(AlertRule);
export const SilencePage = pageOf(Silence);
export const AcknowledgedAlerts = z.object({
  acknowledged: z.array(z.string()),
  skipped: z.array(z.object({ id: z.string(), reason: z.string() })),
});
export const AlertDetail = Alert.extend({ transitions: z.array(AlertTransition) });
export const Catalogue = z.object({ data: z.array(MetricDefinition) });

const OwnSeries = z.object({
  id: z.string(),
  metric: z.string(),
  labels: z.record(z.string(), z.string()),
  value: z.string().nullable(),
  last_at: z.string().nullable(),
});
export type OwnSeries = z.infer<typeof OwnSeries>;
export const SeriesPage = pageOf(OwnSeries);

const Labels = z.record(z.string(), z.string());

/** When a rule would have fired. */
export const Preview = z.object({
  from: z.string(),
  to: z.string(),
  count: z.number(),
  firings: z.array(
    z.object({
      labels: Labels,
      started_at: z.string(),
      fired_at: z.string(),
      resolved_at: z.string().nullable(),
      value: z.string().nullable(),
    }),
  ),
  series: z.array(
    z.object({
      labels: Labels,
      points: z.array(z.object({ at: z.string(), value: z.string().nullable() })),
    }),
  ),
});
export type Preview = z.infer<typeof Preview>;
