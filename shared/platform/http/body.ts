import type { z } from "zod";
import { AppError } from "../errors.ts";
import { parseJsonExactly } from "../parse-json.ts";
import { fieldErrors } from "../zod-errors.ts";
import { isJsonType, mediaTypeOf } from "./media-type.ts";

/** A client that still sends when it is refused would see a broken connection instead of the reason. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Reads at most `limit` bytes, so that a body without a length cannot fill the memory either. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > MAX_DRAINED_BYTES) break;
    }
  } catch (cause) {
    throw new AppError(
      "malformed_request",
      "The body broke off: it was shorter than its length, or its chunks cannot be read.",
      { cause },
    );
  }
  if (size > limit)
    throw new AppError("body_too_large", `The body is larger than ${limit} bytes; send less at a time.`);
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Throws 415 where a request says of its body that it is no JSON. */
export function requireJson(headers: Headers): void {
  if (!isJsonType(mediaTypeOf(headers)))
    throw new AppError("unsupported_media_type", "Send JSON with content-type: application/json.");
}

/** JSON in UTF-8, as text and as its value. Throws 400 for what is none. */
export function parseJson(bytes: Uint8Array): { text: string; value: unknown } {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return { text, value: parseJsonExactly(text) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "it is not UTF-8";
    throw new AppError("unreadable_body", `The body is not valid JSON: ${reason}`, { cause });
  }
}

/**
 * The JSON body of a request, as text and as its value.
 * Throws 415 for another content type, 413 over `limit` bytes, 400 for broken JSON.
 */
export async function readJsonText(
  request: Request,
  limit: number,
): Promise<{ text: string; value: unknown }> {
  requireJson(request.headers);
  return parseJson(await readBytes(request, limit));
}

/**
 * The JSON body of a request as `schema` describes it.
 * Throws like `readJsonText`, and 422 for a wrong shape.
 */
export async function readJson<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  limit: number,
): Promise<z.output<Schema>> {
  const { value } = await readJsonText(request, limit);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = fieldErrors(parsed.error);
  throw new AppError("invalid_request", details[0]?.message ?? "The body is not valid.", { details });
}

/**
 * The fields of a form (application/x-www-form-urlencoded).
 * Throws 415 for another content type, 413 over `limit` bytes, 400 for what is not UTF-8.
 */
export async function readForm(request: Request, limit: number): Promise<URLSearchParams> {
  if (mediaTypeOf(request.headers) !== "application/x-www-form-urlencoded")
    throw new AppError(
      "unsupported_media_type",
      "Send a form with content-type: application/x-www-form-urlencoded.",
    );
  const bytes = await readBytes(request, limit);
  try {
    return new URLSearchParams(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new AppError("unreadable_body", "The form is not UTF-8.", { cause });
  }
}
