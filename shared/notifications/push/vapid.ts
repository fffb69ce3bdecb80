import { base64url, SignJWT } from "jose";
import { z } from "zod";
import type { Config } from "../../platform/config.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { concatBytes } from "./concat-bytes.ts";
import { readBase64url } from "./encrypt-push.ts";

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;
/** PKCS #8 of a P-256 key up to its number (RFC 5958, RFC 5915, the public key left out, which follows from it). */
const BEFORE_NUMBER = readBase64url("MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA");
/** Well under the day that RFC 8292, 2 allows, and over what clocks differ. */
const TOKEN_S = 12 * 3600;

const Point = z.object({ x: z.string(), y: z.string() });

type PushSettings = Pick<Config, "VAPID_PRIVATE_KEY" | "VAPID_CONTACT">;

async function openKey(number: string): Promise<CryptoKey> {
  const pkcs8 = concatBytes(BEFORE_NUMBER, readBase64url(number));
  return crypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["sign"]);
}

async function publicKeyOf(key: CryptoKey): Promise<string> {
  const { x, y } = Point.parse(await crypto.subtle.exportKey("jwk", key));
  return base64url.encode(concatBytes(new Uint8Array([4]), readBase64url(x), readBase64url(y)));
}

/** The public key that browsers subscribe with (base64url of the point); `null` where push is not set up. */
export async function applicationServerKey({ VAPID_PRIVATE_KEY }: PushSettings): Promise<string | null> {
  return VAPID_PRIVATE_KEY === undefined ? null : publicKeyOf(await openKey(VAPID_PRIVATE_KEY));
}

/** `Authorization` for the push service of an endpoint, by RFC 8292, 3; `null` where push is not set up. */
export async function authorizePush(
  { config, now }: { config: PushSettings } & Pick<Ctx, "now">,
  endpoint: string,
): Promise<string | null> {
  if (config.VAPID_PRIVATE_KEY === undefined) return null;
  const key = await openKey(config.VAPID_PRIVATE_KEY);
  const token = new SignJWT(config.VAPID_CONTACT === undefined ? {} : { sub: config.VAPID_CONTACT })
    .setProtectedHeader({ typ: "JWT", alg: "ES256" })
    .setAudience(new URL(endpoint).origin)
    .setExpirationTime(Math.floor(now() / 1000) + TOKEN_S);
  return `vapid t=${await token.sign(key)}, k=${await publicKeyOf(key)}`;
}
