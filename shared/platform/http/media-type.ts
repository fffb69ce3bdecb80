import { AppError } from "../errors.ts";

const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const PARAMETER = `${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`;
/** RFC 9110, 8.3.1 and 5.6.6: blanks around a semicolon and nothing after one are allowed. */
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})[ \\t]*(?:;[ \\t]*(?:${PARAMETER}[ \\t]*)?)*$`);
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/**
 * Type and subtype of a `Content-Type`, in lower case; `null` where there is none or it cannot be read. Throws 400 for
 * two of them, which arrive joined by a comma: no one could say which is meant.
 */
export function mediaTypeOf(headers: Headers): string | null {
  const header = headers.get("content-type")?.trim() ?? "";
  if (header.replace(QUOTED, "").includes(","))
    throw new AppError("malformed_request", "Content-Type is given more than once; send it once.");
  return MEDIA_TYPE.exec(header)?.[1]?.toLowerCase() ?? null;
}

/** Whether a media type is JSON, by whatever name (https://mimesniff.spec.whatwg.org/#json-mime-type). */
export function isJsonType(type: string | null): boolean {
  return type !== null && (type === "application/json" || type === "text/json" || type.endsWith("+json"));
}
