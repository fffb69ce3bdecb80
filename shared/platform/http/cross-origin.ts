import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { pointsAtThisMachine } from "../this-machine.ts";
import type { AppEnv } from "./app.ts";

/** What a page elsewhere may send beside what every page may. */
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "traceparent",
  "tracestate",
  "x-api-key",
];
/** What it may read of an answer beside its body and what every page may read. */
const ANSWER_HEADERS = [
  "content-disposition",
  "etag",
  "idempotency-replayed",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "traceparent",
  "www-authenticate",
  "x-ratelimit-limit",
  "x-ratelimit-remaining",
  "x-ratelimit-reset",
  "x-trace-id",
];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** For how long a browser may keep a preflight's answer, in seconds. */
const MAX_AGE_S = 600;

/**
 * Whether pages of `origin` may use the API and its sockets: those of this deployment, those that `CORS_ORIGINS` names,
 * and with the local platform those of this machine.
 */
export function allowsOrigin(
  { CORS_ORIGINS, PUBLIC_URL, ENVIRONMENT }: Pick<Config, "CORS_ORIGINS" | "PUBLIC_URL" | "ENVIRONMENT">,
  origin: string,
  address: string,
): boolean {
  if (origin === new URL(address).origin || origin === new URL(PUBLIC_URL).origin) return true;
  if (CORS_ORIGINS.includes(origin)) return true;
  return ENVIRONMENT === "local" && pointsAtThisMachine(origin);
}

/** No cookies: whoever calls from elsewhere says who they are by a header. */
const answerCors = cors({
  origin: (origin) => origin,
  allowMethods: METHODS,
  allowHeaders: REQUEST_HEADERS,
  exposeHeaders: ANSWER_HEADERS,
  maxAge: MAX_AGE_S,
});

/**
 * Lets pages of allowed origins read answers, and refuses sockets of all others: a browser lets any page open a socket
 * anywhere. Programs send no `Origin`.
 */
export const crossOrigin = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header("origin");
  const { config } = c.get("ctx");
  const allowed = origin === undefined || allowsOrigin(config, origin, c.req.url);
  if (c.req.header("upgrade")?.toLowerCase() === "websocket") {
    if (!allowed)
      throw new AppError(
        "forbidden",
        "Pages of this origin may open no sockets here; the operator names those that may in CORS_ORIGINS.",
      );
    // The headers of a switched protocol cannot be changed, and no browser looks at them.
    return next();
  }
  if (origin !== undefined && allowed) return answerCors(c, next);
  await next();
  // What an answer says to one origin must not be kept for another.
  c.res.headers.append("vary", "Origin");
});
