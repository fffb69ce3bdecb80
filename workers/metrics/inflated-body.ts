import { createMiddleware } from "hono/factory";
import { AppError } from "../../shared/platform/errors.ts";
import type { AppEnv } from "../../shared/platform/http/app.ts";
import { readJsonText } from "../../shared/platform/http/body.ts";

/** Lets at most `limit` bytes through: a small body may inflate to any size. */
function bounded(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > limit)
        throw new AppError(
          "body_too_large",
          `The body inflates to more than ${limit} bytes; send less at a time.`,
        );
      controller.enqueue(chunk);
    },
  });
}

/** The request with its body as it was before `content-encoding: gzip`. */
function inflated(request: Request, limit: number): Request {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "" || request.body === null) return request;
  if (encoding !== "gzip")
    throw new AppError("unsupported_media_type", "Send the body with content-encoding: gzip, or as it is.");
  const body = request.body.pipeThrough(new DecompressionStream("gzip")).pipeThrough(bounded(limit));
  const headers = new Headers(request.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  // Node asks for the word where a body is a stream; workerd does not look at it.
  const init: RequestInit & { duplex: "half" } = { method: request.method, headers, body, duplex: "half" };
  return new Request(request.url, init);
}

/**
 * Reads a JSON body of at most `max_bytes`, gzipped or not, before the schemas look at it. Throws 415 for another
 * encoding or type, 413 for what is or inflates to more, 400 for what is no gzip or no JSON. `hint` is told to whoever
 * sends another type.
 */
export function inflatedJson(max_bytes: number, hint?: string) {
  return createMiddleware<AppEnv>(async (c, next) => {
    let text: string;
    try {
      ({ text } = await readJsonText(inflated(c.req.raw, max_bytes), max_bytes));
    } catch (error) {
      if (error instanceof AppError && error.code === "unsupported_media_type" && hint !== undefined)
        throw new AppError(error.code, `${error.message} ${hint}`, { cause: error });
      if (error instanceof AppError) throw error;
      throw new AppError("unreadable_body", "The body is not gzip, though content-encoding says so.", {
        cause: error,
      });
    }
    // Kept as a promise, as the framework keeps what it reads itself; its type says otherwise.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
    await next();
  });
}
