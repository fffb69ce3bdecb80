import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./app.ts";

interface Remembered {
  until: number;
  /** Until when somebody is looking anew; the others are answered as before meanwhile. */
  renewing_until: number;
  body: string;
  headers: Headers;
}

const MAX_CHARACTERS = 16 * 1024 * 1024;
const MAX_BODY = 256 * 1024;
/** An answer is given for this long beyond its time at the most, and only while somebody looks anew. */
const RENEWAL_MS = 2000;

/**
 * Answers the same read again from memory for `ms`, so that many who ask for one thing cost the database few
 * looks: while somebody looks anew, the others are answered as before, for two seconds at most. Only good
 * JSON answers of public reads are kept, for an isolate, by address and query. Each figure in them carries its
 * own time, which stays true.
 */
export function remember(ms: number): MiddlewareHandler<AppEnv> {
  const answers = new Map<string, Remembered>();
  let characters = 0;
  const forget = (key: string) => {
    characters -= answers.get(key)?.body.length ?? 0;
    answers.delete(key);
  };
  return async (c, next) => {
    if (c.req.method !== "GET") return next();
    const { now } = c.get("ctx");
    const url = new URL(c.req.url);
    const key = url.pathname + url.search;
    const known = answers.get(key);
    if (known !== undefined) {
      const late = now() - known.until;
      if (late < 0 || (late < RENEWAL_MS && now() < known.renewing_until))
        return new Response(known.body, known);
      known.renewing_until = now() + RENEWAL_MS;
    }
    await next();
    forget(key);
    if (c.res.status !== 200 || !c.res.headers.get("content-type")?.startsWith("application/json")) return;
    const body = await c.res.clone().text();
    if (body.length > MAX_BODY) return;
    forget(key);
    answers.set(key, { until: now() + ms, renewing_until: 0, body, headers: new Headers(c.res.headers) });
    characters += body.length;
    for (const oldest of answers.keys()) {
      if (characters <= MAX_CHARACTERS) break;
      forget(oldest);
    }
  };
}
