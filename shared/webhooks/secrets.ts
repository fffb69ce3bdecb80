import { decodeBase64 } from "../platform/base64.ts";
import { randomBytesBase64 } from "./base64.ts";

const PREFIX = "whsec_";
const BYTES = 32;
const SHORTEST = 24;
const LONGEST = 64;

/** What an endpoint's secret is sealed for. */
export function secretPurpose(webhook_id: string): string {
  return `webhook_secret:${webhook_id}`;
}

/** What an endpoint's custom headers are sealed for. */
export function headersPurpose(webhook_id: string): string {
  return `webhook_headers:${webhook_id}`;
}

/** A new signing secret as its owner keeps it: `whsec_` and base64 of 32 random bytes. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytesBase64(BYTES);
}

/**
 * The key inside a `whsec_` secret (Standard Webhooks: base64 of 24 to 64 bytes). Throws where it is none, since a
 * key that was decoded wrongly signs what nobody can verify.
 */
export function keyOfSecret(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  const key = decodeBase64(text);
  if (key === null || text === "") throw new TypeError("a webhook secret is whsec_ and base64");
  if (key.length < SHORTEST || key.length > LONGEST)
    throw new TypeError(`a webhook secret has ${SHORTEST} to ${LONGEST} bytes, not ${key.length}`);
  return key;
}
