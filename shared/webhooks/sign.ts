import { toBase64 } from "./base64.ts";
import { keyOfSecret } from "./secrets.ts";

export interface SignedMessage {
  /** The message's id, the same at every attempt. */
  id: string;
  /** Of the attempt, in ms since 1970; signed in whole seconds. */
  at: number;
  /** Exactly the bytes that are sent, as text. */
  body: string;
}

async function signatureOf(secret: string, content: string): Promise<string> {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", keyOfSecret(secret), hmac, false, ["sign"]);
  const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content));
  return `v1,${toBase64(new Uint8Array(signed))}`;
}

/**
 * The three headers of Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `id.timestamp.body`, one signature for each secret, so that either verifies while a new one takes over.
 */
export async function signMessage(
  secrets: readonly string[],
  { id, at, body }: SignedMessage,
): Promise<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = await Promise.all(
    secrets.map((secret) => signatureOf(secret, `${id}.${timestamp}.${body}`)),
  );
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
