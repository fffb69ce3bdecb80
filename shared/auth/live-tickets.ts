import { base64url } from "jose";
import type { Config } from "../platform/config.ts";

type Keys = Pick<Config, "MASTER_KEY" | "MASTER_KEY_PREVIOUS">;

const TICKET = /^(usr_[0-9a-f]{32})\.([\w-]{43})\.([\w-]{43})$/;
const PURPOSE = "live ticket:";

async function hmacKey(master_key: string): Promise<CryptoKey> {
  const bytes = new Uint8Array(base64url.decode(master_key));
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

const bytesOf = (user_id: string, secret: string) =>
  new TextEncoder().encode(`${PURPOSE}${user_id}.${secret}`);

/**
 * A ticket as it is handed out: whose gate knows its secret, so that nothing needs to be looked up, and a signature, so
 * that an invented one is refused before any gate is touched.
 */
export async function writeTicket(
  { MASTER_KEY }: Pick<Keys, "MASTER_KEY">,
  user_id: string,
  secret: string,
): Promise<string> {
  const signature = await crypto.subtle.sign("HMAC", await hmacKey(MASTER_KEY), bytesOf(user_id, secret));
  return `${user_id}.${secret}.${base64url.encode(new Uint8Array(signature))}`;
}

/** What a ticket says, or `null` where it was not made here. Whether it was used already its gate knows. */
export async function readTicket(
  { MASTER_KEY, MASTER_KEY_PREVIOUS }: Keys,
  ticket: string,
): Promise<{ user_id: string; secret: string } | null> {
  const [, user_id, secret, signature] = TICKET.exec(ticket) ?? [];
  if (user_id === undefined || secret === undefined || signature === undefined) return null;
  for (const key of [MASTER_KEY, MASTER_KEY_PREVIOUS]) {
    if (key === undefined) continue;
    const given = new Uint8Array(base64url.decode(signature));
    if (await crypto.subtle.verify("HMAC", await hmacKey(key), given, bytesOf(user_id, secret)))
      return { user_id, secret };
  }
  return null;
}
