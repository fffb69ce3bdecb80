import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Carrier } from "../../auth/credential.ts";
import type { Access } from "./access.ts";
import type { AppEnv } from "./app.ts";
import { authorise } from "./authorise.ts";
import { IDEMPOTENCY_PARAMETER, idempotent } from "./idempotent.ts";
import { jsonBody, optionalJsonBody } from "./json-body.ts";
import { problems } from "./problem.ts";

interface Options {
  access: Access;
  /** Lets who asks be told otherwise than by headers: sockets by subprotocol, event streams by a ticket in the address. */
  carrier?: Carrier;
  /** Runs after the caller is known and allowed, before the input is checked; `idempotent` for POSTs that create. */
  middleware?: MiddlewareHandler<AppEnv>[];
}

type Security = NonNullable<RouteConfig["security"]>;

const SCHEMES: Security = [{ accessToken: [] }, { apiKey: [] }, { apiKeyHeader: [] }];

function securityOf(access: Access): Security {
  if (access.kind === "public") return [];
  if (access.kind === "user") return [{ accessToken: [] }, { password: [] }];
  return access.kind === "market" ? [{}, ...SCHEMES] : [...SCHEMES, { password: [] }];
}

/**
 * A route for the document alone, where its body is read by hand: what runs before a handler is nobody else's business,
 * and no JSON.
 */
export function documentOf<Route extends object>(route: Route): Omit<Route, "middleware"> {
  const { middleware: _, ...document } = { middleware: undefined, ...route };
  return document;
}

/**
 * A deployment without good settings answers everything with a problem document, before it looks for a route: beside what
 * a route itself may answer with 503.
 */
function unavailable(own: RouteConfig["responses"][string] | undefined) {
  const { 503: problem } = problems(503);
  return own !== undefined && "content" in own
    ? { ...own, content: { ...problem.content, ...own.content } }
    : problem;
}

/** Declares a route: its path, its schemas, and who may call it. The OpenAPI document is made from the same words. */
export function defineRoute<Path extends string, Route extends Omit<RouteConfig, "path"> & { path: Path }>(
  options: Options,
  route: Route,
) {
  const made = createRoute(route);
  const json = route.request?.body?.content["application/json"] !== undefined;
  const reader = route.request?.body?.required === true ? jsonBody : optionalJsonBody;
  const { kind } = options.access;
  const keyed = options.middleware?.includes(idempotent) === true;
  const refusals = {
    // A request can always be broken.
    ...problems(400),
    // API keys have so many requests a minute.
    ...(kind === "public" ? {} : problems(401, 403)),
    ...(kind === "permission" || kind === "market" ? problems(429) : {}),
    ...(json ? problems(413, 415, 422) : {}),
    ...(keyed ? problems(409, 422) : {}),
  };
  // Behind the back of the type, which only handlers read: they need not answer what is answered before them.
  Object.assign(made, {
    middleware: [
      authorise(options.access, options.carrier),
      ...(json ? [reader] : []),
      ...(options.middleware ?? []),
    ],
    security: securityOf(options.access),
    ...(keyed && { parameters: [IDEMPOTENCY_PARAMETER] }),
    responses: { ...refusals, ...route.responses, 503: unavailable(route.responses[503]) },
    "x-access": options.access,
  });
  return made;
}
