import { createMiddleware } from "hono/factory";
import { AppError } from "../../shared/platform/errors.ts";
import { GzipError, gunzip, InflatesTooMuch } from "../../shared/platform/gunzip.ts";
import type { AppEnv } from "../../shared/platform/http/app.ts";
import { parseJson, readBytes } from "../../shared/platform/http/body.ts";
import { keepJson } from "../../shared/platform/http/json-body.ts";
import { isJsonType, mediaTypeOf } from "../../shared/platform/http/media-type.ts";

/** The body as it was before `content-encoding: gzip`. A small one may inflate to any size, so `limit` counts again. */
export async function readInflated(request: Request, limit: number): Promise<Uint8Array> {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  // An old name of the same (RFC 9110, 8.4.1.3).
  const gzipped = encoding === "gzip" || encoding === "x-gzip";
  if (!gzipped && encoding !== "" && encoding !== "identity")
    throw new AppError("unsupported_media_type", "Send the body with content-encoding: gzip, or as it is.");
  const bytes = await readBytes(request, limit);
  if (!gzipped) return bytes;
  try {
    return gunzip(bytes, limit);
  } catch (cause) {
    if (cause instanceof InflatesTooMuch)
      throw new AppError(
        "body_too_large",
        `The body inflates to more than ${limit} bytes; send less at a time.`,
        { cause },
      );
    if (!(cause instanceof GzipError)) throw cause;
    throw new AppError(
      "unreadable_body",
      `The body is not gzip, though content-encoding says so: it ${cause.message}.`,
      { cause },
    );
  }
}

/**
 * Reads a JSON body of at most `max_bytes`, gzipped or not, before the schemas look at it; bodies of `other` types are left
 * to the handler. Throws 415 for another encoding or type, 413 for what is or inflates to more, 400 for what is no gzip or
 * no JSON.
 */
export function inflatedJson(max_bytes: number, other: readonly string[] = []) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const type = mediaTypeOf(c.req.raw.headers);
    if (isJsonType(type)) keepJson(c, parseJson(await readInflated(c.req.raw, max_bytes)));
    else if (type === null || !other.includes(type))
      throw new AppError(
        "unsupported_media_type",
        `Send it with content-type: ${["application/json", ...other].join(" or ")}.`,
      );
    await next();
  });
}
