import { createMiddleware } from "hono/factory";
import type { AppContext, AppEnv } from "./app.ts";
import { readJsonText } from "./body.ts";

/** Far more than any form needs; what takes more reads its body by itself. */
const MAX_BYTES = 64 * 1024;

/**
 * Hands a JSON body that was read on to the schemas, and to whoever asks for it later. The framework would read it again,
 * less exactly, and knows fewer ways to write the media type than there are.
 */
export function keepJson(c: AppContext, { text, value }: { text: string; value: unknown }): void {
  const { url, method, signal } = c.req.raw;
  const headers = new Headers(c.req.raw.headers);
  headers.set("content-type", "application/json");
  c.req.raw = new Request(url, { method, headers, signal });
  // Kept as a promise, as the framework keeps what it reads itself; its type says otherwise.
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
  Object.assign(c.req, { json: () => Promise.resolve(value) });
}

/**
 * Reads the JSON body before the schemas look at it, since what reads it there takes any size and any content type.
 */
export function jsonBodyOf(max_bytes: number) {
  return createMiddleware<AppEnv>(async (c, next) => {
    keepJson(c, await readJsonText(c.req.raw, max_bytes));
    await next();
  });
}

export const jsonBody = jsonBodyOf(MAX_BYTES);

/** The same for a body that may be left out: whoever sends one says of what type it is. */
export const optionalJsonBody = createMiddleware<AppEnv>(async (c, next) =>
  c.req.header("content-type") === undefined ? next() : jsonBody(c, next),
);
