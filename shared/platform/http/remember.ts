import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app.ts";

interface Remembered {
  until: number;
  /** Until when somebody is looking anew; the others are answered as before meanwhile. */
  renewing_until: number;
  body: string;
  headers: Headers;
}

const MAX_ANSWERS = 500;
const MAX_BODY = 512 * 1024;
/** A look that takes longer may have died; the next one who asks looks again. */
const RENEWAL_MS = 2000;

/**
 * Answers the same read again from memory for `ms`, so that many who ask for one thing cost the database one
 * look, and one look at a time: while somebody looks anew the others are answered as before. Only good JSON answers of public reads are kept, for an isolate, by address and query.
 * Each figure in them carries its own time, which stays true.
 */
export function remember(ms: number): MiddlewareHandler<AppEnv> {
  const answers = new Map<string, Remembered>();
  return async (c, next) => {
    if (c.req.method !== "GET") return next();
    const { now } = c.get("ctx");
    const url = new URL(c.req.url);
    const key = url.pathname + url.search;
    const known = answers.get(key);
    if (known !== undefined) {
      if (Math.max(known.until, known.renewing_until) > now()) return new Response(known.body, known);
      known.renewing_until = now() + RENEWAL_MS;
    }
    await next();
    if (c.res.status !== 200 || !c.res.headers.get("content-type")?.startsWith("application/json")) return;
    const body = await c.res.clone().text();
    if (body.length > MAX_BODY) return;
    answers.delete(key);
    answers.set(key, { until: now() + ms, renewing_until: 0, body, headers: new Headers(c.res.headers) });
    for (const oldest of answers.keys()) {
      if (answers.size <= MAX_ANSWERS) break;
      answers.delete(oldest);
    }
  };
}
