import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./app.ts";
import { readJsonText } from "./body.ts";

/** Far more than any form needs; what takes more reads its body by itself. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads the JSON body before the schemas look at it, since what reads it there takes any size and any content type.
 * Whoever asks for the text later is given the same.
 */
export function jsonBodyOf(max_bytes: number) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { text } = await readJsonText(c.req.raw, max_bytes);
    // Kept as a promise, as the framework keeps what it reads itself; its type says otherwise.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    await next();
  });
}

export const jsonBody = jsonBodyOf(MAX_BYTES);

/** The same for a body that may be left out: whoever sends one says of what type it is. */
export const optionalJsonBody = createMiddleware<AppEnv>(async (c, next) =>
  c.req.header("content-type") === undefined ? next() : jsonBody(c, next),
);
