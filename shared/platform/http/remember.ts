import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app.ts";

interface Remembered {
  until: number;
  body: string;
  headers: Headers;
}

const MAX_ANSWERS = 500;
const MAX_BODY = 512 * 1024;

/**
 * Answers the same read again from memory for `ms`, so that many who ask for one thing at once cost the
 * database one look. Only good JSON answers of public reads are kept, for an isolate, by address and query.
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
    if (known !== undefined && known.until > now()) return new Response(known.body, known);
    await next();
    if (c.res.status !== 200 || !c.res.headers.get("content-type")?.startsWith("application/json")) return;
    const body = await c.res.clone().text();
    if (body.length > MAX_BODY) return;
    answers.delete(key);
    answers.set(key, { until: now() + ms, body, headers: new Headers(c.res.headers) });
    for (const oldest of answers.keys()) {
      if (answers.size <= MAX_ANSWERS) break;
      answers.delete(oldest);
    }
  };
}
