import { z } from "@hono/zod-openapi";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Seal } from "../../../shared/platform/seal.ts";
import { headersPurpose } from "../../../shared/webhooks/secrets.ts";

/** Stands for a value that is not shown; sent back, it keeps the value. */
export const MASK = "********";

const MOST = 20;
/** A header name (RFC 9110, 5.1: token). */
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]{0,998}[\x21-\x7e])?$/;
/** What we say ourselves, what belongs to the connection, and what machines on the way would believe. */
const OURS =
  /^(?:webhook-.*|content-.*|user-agent|traceparent|tracestate|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|date|via|forwarded|x-forwarded-.*|x-real-ip|cf-.*|cdn-loop|proxy-.*|sec-.*|accept-encoding)$/;

/** Headers that go with every message to an endpoint, by lower-case names. */
export const CustomHeaders = z
  .record(z.string(), z.string())
  .superRefine((headers, check) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    const issue = (path: string[], message: string) => check.addIssue({ code: "custom", path, message });
    if (names.length > MOST) issue([], `must be at most ${MOST} headers`);
    for (const [name, value] of Object.entries(headers)) {
      const lower = name.toLowerCase();
      if (!NAME.test(lower)) issue([name], "is not the name of a header, such as authorization or x-team");
      else if (OURS.test(lower)) issue([name], "is a header that XSEMA or the connection sets itself");
      else if (names.filter((other) => other === lower).length > 1)
        issue([name], "is there twice: header names are the same in upper and lower case");
      if (!VALUE.test(value))
        issue([name], "must be 1 to 1000 printable ASCII characters, without spaces at either end");
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  )
  .openapi({
    type: "object",
    additionalProperties: { type: "string" },
    description: `Sent with every message; values are never shown again, and \`${MASK}\` keeps the one that is there`,
  });
export type CustomHeaders = z.output<typeof CustomHeaders>;

const Stored = z.record(z.string(), z.string());

export async function openHeaders(seal: Seal, id: string, sealed: string | null): Promise<CustomHeaders> {
  return sealed === null ? {} : Stored.parse(JSON.parse(await seal.open(headersPurpose(id), sealed)));
}

/** Seals headers, with the values that are there in the place of masks. Throws `invalid_request` where none is. */
export async function sealHeaders(
  seal: Seal,
  id: string,
  wanted: CustomHeaders | null,
  before: CustomHeaders,
): Promise<string | null> {
  if (wanted === null || Object.keys(wanted).length === 0) return null;
  const values = Object.entries(wanted).map(([name, value]) => {
    const kept = value === MASK ? (Object.hasOwn(before, name) ? before[name] : undefined) : value;
    if (kept !== undefined) return [name, kept];
    const message = `${MASK} keeps the value of a header that is there already, and there is no ${name}`;
    throw new AppError("invalid_request", `headers.${name}: ${message}.`, {
      details: [{ pointer: `/headers/${name}`, message }],
    });
  });
  return seal.seal(headersPurpose(id), JSON.stringify(Object.fromEntries(values)));
}

export function maskHeaders(headers: CustomHeaders): Record<string, string> | null {
  const names = Object.keys(headers);
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, MASK]));
}
