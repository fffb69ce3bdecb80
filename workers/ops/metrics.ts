import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { lookAtPlatform } from "../../shared/monitoring/look-at-platform.ts";
import { metricFamilies } from "../../shared/monitoring/metric-families.ts";
import { askSoon } from "../../shared/monitoring/probe.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../../shared/monitoring/prometheus-text.ts";
import type { RequestCounter } from "../../shared/monitoring/request-counter.ts";
import { isSameSecret } from "../../shared/monitoring/same-secret.ts";
import { AppError, describeError } from "../../shared/platform/errors.ts";
import type { AppContext, AppEnv } from "../../shared/platform/http/app.ts";

/** What a request that no route took is counted under: pages and files, and all else. */
const ASSET = "{asset}";
const UNMATCHED = "{unmatched}";

/** The route that answered, as the API's document writes it: `/api/v1/collections/{slug}`. */
function routeOf(c: AppContext): string {
  const path = routePath(c);
  if (path.includes("*")) return c.res.status < 400 ? ASSET : UNMATCHED;
  return path.replace(/:(\w+)(?:\{.*?\})?/g, "{$1}");
}

/** Counts an answered request, beside everything else: whatever goes wrong with that is no fault of the request. */
export function countRequest(counter: RequestCounter, c: AppContext, duration_ms: number): void {
  const ctx = c.get("ctx");
  try {
    counter.count(ctx, { method: c.req.method, route: routeOf(c), status: c.res.status, duration_ms });
  } catch (error) {
    ctx.log.error("a request was not counted", { error: describeError(error) });
  }
}

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * `GET /metrics` in Prometheus' text format, for who sends `METRICS_TOKEN`. Without that setting it lets every request pass,
 * so that the path answers as any other that leads nowhere. It is middleware, since a route would stand in the document
 * and in the table of methods that a path allows.
 */
export const prometheusMetrics: MiddlewareHandler<AppEnv> = async (c, next) => {
  const ctx = c.get("ctx");
  const { METRICS_TOKEN, VERSION } = ctx.config;
  const reads = c.req.method === "GET" || c.req.method === "HEAD";
  if (METRICS_TOKEN === undefined || !reads) return next();
  const [, sent] = BEARER.exec(c.req.header("authorization") ?? "") ?? [];
  if (sent === undefined || !(await isSameSecret(sent, METRICS_TOKEN)))
    throw new AppError(
      "unauthorized",
      "Send Authorization: Bearer with the METRICS_TOKEN of this deployment.",
      {
        headers: { "www-authenticate": 'Bearer realm="metrics"' },
      },
    );
  const [look, requests] = await Promise.all([
    lookAtPlatform(ctx, { move: false }),
    askSoon(ctx, "requests", () => ctx.rooms.board.requests()),
  ]);
  return c.body(prometheusText(metricFamilies(look, requests, VERSION)), 200, {
    "content-type": PROMETHEUS_TYPE,
    "cache-control": "no-store",
  });
};
