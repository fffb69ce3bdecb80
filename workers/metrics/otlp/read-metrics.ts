import { z } from "zod";
import {
  Attribute,
  type Attributes,
  OtlpMetric,
  type OtlpRequest,
  ResourceMetrics,
  ScopeMetrics,
} from "./schema.ts";

export interface Refusal {
  metric: string;
  /** Data points that are lost with it; 0: a warning. */
  points: number;
  reason: string;
}

/** A metric that is well formed, with the attributes of who measured it. */
export interface ReadMetric {
  metric: OtlpMetric;
  resource: Attributes;
}

const NO_SHAPE = "is not shaped as OTLP says";
const placeOf = ({ issues: [issue] }: z.ZodError) =>
  issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")})`;

/** The metrics of a request, and what is no metric: each entry is judged by itself. */
export function readMetrics(request: OtlpRequest): { metrics: ReadMetric[]; refused: Refusal[] } {
  const metrics: ReadMetric[] = [];
  const refused: Refusal[] = [];
  const refuse = (metric: string, given: unknown, error: z.ZodError) =>
    refused.push({ metric, points: countPoints(given), reason: `${NO_SHAPE}${placeOf(error)}` });
  for (const each of request.resourceMetrics) {
    const measured = ResourceMetrics.safeParse(each);
    if (!measured.success) {
      refuse("resourceMetrics", each, measured.error);
      continue;
    }
    const resource = readAttributes(measured.data.resource?.attributes ?? [], refused);
    for (const scope of measured.data.scopeMetrics) {
      const scoped = ScopeMetrics.safeParse(scope);
      if (!scoped.success) {
        refuse("scopeMetrics", scope, scoped.error);
        continue;
      }
      for (const given of scoped.data.metrics) {
        const metric = OtlpMetric.safeParse(given);
        if (!metric.success) refuse(nameOf(given), given, metric.error);
        else if (metric.data.name === "")
          refused.push({ metric: "(no name)", points: countPoints(given), reason: "has no name" });
        else metrics.push({ metric: metric.data, resource });
      }
    }
  }
  return { metrics, refused };
}

/** Attributes of a resource; one that is none is left out, and its readings are kept without it. */
function readAttributes(given: readonly unknown[], refused: Refusal[]): Attributes {
  return given.flatMap((each) => {
    const attribute = Attribute.safeParse(each);
    const warn = (reason: string) => {
      refused.push({ metric: "a resource attribute", points: 0, reason });
      return [];
    };
    if (!attribute.success) return warn(`${NO_SHAPE}${placeOf(attribute.error)}, and was left out`);
    // As protobuf reads it, `{}` has an empty key and no value, and so says nothing.
    if (attribute.data.key === "" && attribute.data.value != null)
      return warn("has no key, and was left out");
    return [attribute.data];
  });
}

const Named = z.object({ name: z.string().min(1) });
const nameOf = (given: unknown) => Named.safeParse(given).data?.name ?? "(no name)";

/** How many data points hang below something that cannot be read: at least the one that somebody meant. */
function countPoints(given: unknown): number {
  return Math.max(1, countBelow(given, 0));
}

/** A request, its resources, scopes, metrics and their kinds. */
const DEEPEST = 6;

function countBelow(given: unknown, depth: number): number {
  if (typeof given !== "object" || given === null || depth > DEEPEST) return 0;
  return Object.entries(given).reduce(
    (sum, [key, value]) =>
      sum + (key === "dataPoints" && Array.isArray(value) ? value.length : countBelow(value, depth + 1)),
    0,
  );
}
