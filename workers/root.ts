import type { MiddlewareHandler } from "hono";
import { RequestCounter } from "../shared/monitoring/request-counter.ts";
import { AppError } from "../shared/platform/errors.ts";
import { type AppEnv, createApp } from "../shared/platform/http/app.ts";
import { crossOrigin } from "../shared/platform/http/cross-origin.ts";
import { handleError, withStandardHeaders } from "../shared/platform/http/handle.ts";
import { createUnmatched } from "../shared/platform/http/unmatched.ts";
import { activityApp } from "./activity/app.ts";
import { alertsApp } from "./alerts/app.ts";
import { authApp } from "./auth/app.ts";
import { jwksApp } from "./auth/tokens/jwks.ts";
import { findAsset, notFoundPage } from "./find-asset.ts";
import { marketApp } from "./market/app.ts";
import { metricsApp } from "./metrics/app.ts";
import { monitoringApp } from "./monitoring/app.ts";
import { openApiDocument } from "./openapi.ts";
import { devMailbox } from "./ops/dev-mailbox.ts";
import { docsApp } from "./ops/docs.ts";
import { healthApp } from "./ops/health.ts";
import { countRequest, prometheusMetrics } from "./ops/metrics.ts";
import { sweepAfterOutage } from "./sweep-leaving.ts";
import { usersApp } from "./users/app.ts";
import { webhooksApp } from "./webhooks/app.ts";

/** Of this isolate. */
const requests = new RequestCounter();

const logRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("ctx", c.env.ctx);
  const { log, now } = c.get("ctx");
  const start = now();
  await next();
  c.res = withStandardHeaders(c.res, c.get("ctx"));
  const duration_ms = now() - start;
  log.info("request", { method: c.req.method, path: c.req.path, status: c.res.status, duration_ms });
  countRequest(requests, c, duration_ms);
};

/** Every domain's app under one roof, with what is the same for all of them. */
export const root = createApp();
root.use(logRequests);
root.use("/api/*", crossOrigin);
root.use("/dev/mailbox", devMailbox);
root.use("/metrics", prometheusMetrics);
root.onError((error, c) => {
  sweepAfterOutage(c.get("ctx"), error);
  return handleError(error, c);
});
root.route("/", healthApp);
root.route("/", docsApp);
root.route("/", jwksApp);
root.route("/api/v1", authApp);
root.route("/api/v1", marketApp);
root.route("/api/v1", usersApp);
root.route("/api/v1", activityApp);
root.route("/api/v1", webhooksApp);
root.route("/api/v1", metricsApp);
root.route("/api/v1", alertsApp);
root.route("/api/v1", monitoringApp);
root.get("/api/openapi.json", (c) => c.json(openApiDocument(root, c.get("ctx").config.VERSION)));

const unmatched = createUnmatched(root);
root.notFound(async (c) => {
  const error = unknownVersion(c.req.path) ?? unmatched(c.req.method, c.req.path);
  if (error.code !== "not_found" || isApiPath(c.req.path)) return handleError(error, c);
  const { assets } = c.env;
  return (
    (await findAsset(assets, c.req.raw)) ?? (await notFoundPage(assets, c.req.raw)) ?? handleError(error, c)
  );
});

const isVersion = (part: string) => /^v\d+$/.test(part);
const isApiPath = (path: string) => path === "/api" || path.startsWith("/api/");

const VERSION = "v1";
const UNVERSIONED = new Set(["docs", "redoc", "openapi.json"]);

function unknownVersion(path: string): AppError | null {
  const [, asked = ""] = /^\/api\/([^/]+)/.exec(path) ?? [];
  if (!isVersion(asked) || asked === VERSION) return null;
  return new AppError(
    "not_found",
    `The API has no version ${asked}; its version is ${VERSION}, at /api/${VERSION}.`,
  );
}

/** `/api/...` is the current version: the path that a request really means. */
export function currentVersion(path: string): string {
  const [, first] = /^\/api\/([^/]+)/.exec(path) ?? [];
  if (first === undefined || UNVERSIONED.has(first) || isVersion(first)) return path;
  return path.replace(/^\/api\//, `/api/${VERSION}/`);
}
